"""keyledger audit watch before a server that hides, stalls, forks or stands still."""

import http.client
import http.server
import os
import threading

from auditor import INTEGRITY, AuditCase
from harness import eventually, run_program

ERROR, USAGE, UNAVAILABLE = 1, 2, 7
LOOKS_WITHOUT_PROOF = 5


class Between(http.server.BaseHTTPRequestHandler):
    """Passes questions on, but for those whose path begins with one that the test answers."""

    def do_GET(self):
        for path, (status, body) in self.server.instead.items():
            if self.path.startswith(path):
                return self.give(status, body)
        connection = http.client.HTTPConnection(*self.server.behind(), timeout=30)
        connection.request("GET", self.path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return self.give(answer.status, body)

    def give(self, status, body):
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # the client has had enough

    def log_message(self, *_):
        pass


class Hostile(AuditCase):
    def setUp(self):
        self.state = self.server.directory / f"state-{self.id()}"
        between = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
        between.daemon_threads = True
        between.instead = self.instead = {}
        between.behind = lambda: (self.server.host, self.server.port)
        thread = threading.Thread(target=between.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(between.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(between.shutdown)
        self.url = f"http://127.0.0.1:{between.server_port}"

    def watch(self, *more, status=0):
        result = run_program("audit", "watch", "--url", self.url, "--state", self.state, "--once",
                             *more)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def beside(self, suffix):
        return self.state.with_name(self.state.name + suffix)

    def grow(self):
        """A checkpoint over a new event."""
        seq = self.key(self.home).document["seq"]

        def covered():
            size = int(self.anonymous.get("/checkpoint").body.decode().split("\n")[1])
            return size > seq

        eventually(covered, 10, "a checkpoint over the new event")

    def test_a_checkpoint_that_is_never_proved_is_kept_and_ends_it(self):
        self.watch()
        kept = self.state.read_text()
        self.grow()
        self.instead["/v1/ledger/proofs/"] = 503, b""
        for _ in range(LOOKS_WITHOUT_PROOF - 1):
            self.assertIn("no proof", self.watch(status=UNAVAILABLE).stderr)
        shown = self.beside(".pending").read_text().split("\n\n", 1)[1]
        self.assertIn("can't prove", self.watch(status=INTEGRITY).stderr)
        self.assertIn(shown, self.beside(".fork").read_text())
        self.assertEqual(self.state.read_text(), kept)
        self.instead.clear()
        self.watch(status=INTEGRITY)
        self.beside(".fork").unlink()
        self.watch()
        self.assertFalse(self.beside(".pending").exists())

    def test_what_was_signed_once_must_be_proved_whatever_is_shown_next(self):
        self.watch()
        old = self.anonymous.get("/checkpoint").body
        self.grow()
        self.instead["/v1/ledger/proofs/"] = 503, b""
        self.watch(status=UNAVAILABLE)
        self.instead["/checkpoint"] = 200, old
        for _ in range(LOOKS_WITHOUT_PROOF - 2):
            self.watch(status=UNAVAILABLE)
        self.watch(status=INTEGRITY)

    def test_a_fork_is_kept_as_evidence_and_shown(self):
        self.watch()
        seen = self.state.read_text().split("\n\n", 1)[1]
        self.grow()
        self.instead["/v1/ledger/proofs/"] = 200, b'{"hashes": []}'
        result = self.watch(status=INTEGRITY)
        self.assertIn("past was changed", result.stderr)
        evidence = self.beside(".fork").read_text()
        self.assertTrue(result.stdout)
        for part in (seen, result.stdout, '{"hashes": []}', "/v1/ledger/proofs/consistency?from="):
            self.assertIn(part, evidence)
        self.instead.clear()  # it shows its better face again
        self.assertIn("evidence of a fork", self.watch(status=INTEGRITY).stderr)
        self.assertEqual(self.beside(".fork").read_text(), evidence)
        self.beside(".fork").unlink()
        self.watch()

    def test_an_answer_without_end_is_not_read_to_it(self):
        self.instead["/checkpoint"] = 200, b"x" * 100_000
        self.watch(status=UNAVAILABLE)
        self.instead.clear()
        self.watch()
        self.grow()
        self.instead["/v1/ledger/proofs/"] = 200, b" " * 2_000_000
        self.watch(status=UNAVAILABLE)

    def test_a_ledger_that_stands_still_is_noticed_if_asked_for(self):
        note = self.anonymous.get("/checkpoint").body
        self.instead["/checkpoint"] = 200, note
        self.watch()
        self.watch()
        self.watch("--max-age", "1h")
        stale = self.watch("--max-age", "1ms", status=INTEGRITY)
        self.assertIn("no newer checkpoint since", stale.stderr)
        self.watch("--max-age", "soon", status=USAGE)

    def test_a_state_that_is_no_file_is_named(self):
        os.mkfifo(self.state)
        self.assertIn(str(self.state), self.watch(status=ERROR).stderr)
        self.state.unlink()
        self.state.mkdir()
        self.assertIn(str(self.state), self.watch(status=ERROR).stderr)
        self.state.rmdir()

    def test_a_rotated_key_is_learned_while_both_sign_and_never_from_the_policy_alone(self):
        self.watch("--key", self.vkey)
        self.server.stop()
        rotated = run_program("audit", "rotate-key", "--data", self.data, "--overlap", "1h")
        self.assertEqual(rotated.returncode, 0, rotated.stderr)
        new = rotated.stdout.strip()
        self.server.start()
        self.connect()
        self.grow()
        name, _, key = self.vkey.split("+", 2)
        self.instead["/v1/ledger/policy"] = 200, f"log {name}+00000000+{key}\n".encode()
        self.watch()
        self.assertNotIn(new, self.state.read_text())
        self.instead.clear()
        self.assertIn(f"rotated: {new}", self.watch().stdout)
        self.assertTrue(self.state.read_text().startswith(f"{new}\n{self.vkey}\ngrew "))
        # After the overlap the new key alone signs.
        note = self.anonymous.get("/checkpoint").body.decode()
        lines = [line for line in note.split("\n") if line.startswith("\u2014")]
        self.instead["/checkpoint"] = 200, note.replace(lines[1] + "\n", "").encode()
        self.watch("--key", self.vkey)
        self.assertTrue(self.state.read_text().startswith(f"{new}\nretired {self.vkey}\n"))
        # What the older key alone has signed counts no more.
        self.instead["/checkpoint"] = 200, note.replace(lines[0] + "\n", "").encode()
        self.watch(status=INTEGRITY)
        type(self).vkey = new
