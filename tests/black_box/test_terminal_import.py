"""`keys import`: files of any size, cut short anywhere, end as if nothing had happened."""

import json
import signal
import subprocess
import tempfile
from pathlib import Path

from harness import BINARY, environment_of, eventually, running, stop_by_id
from terminal import CONFLICT, ERROR, NOT_FOUND, SUCCESS, UNAVAILABLE, USAGE, TerminalCase


def line(number, **fields):
    item = {"digest": f"sha256:{number:064x}", "name": f"key {number}", "environment": "live",
            "scopes": []}
    return json.dumps(item | fields)


class Import(TerminalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = Path(tempfile.mkdtemp(dir=cls.server.directory))
        cls.first = 1

    def file(self, count, name="keys.ndjson", extra=()):
        """A file of that many new keys; `extra` are pairs of a line's number and its text."""
        cls = type(self)
        lines = [line(n) for n in range(cls.first, cls.first + count)]
        cls.first += count
        for number, text in extra:
            lines[number - 1] = text
        path = self.directory / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def count(self, slug):
        return len(self.many("keys", "list", "--workspace", slug))

    def run_import(self, path, slug, *more, **named):
        return self.cli("keys", "import", path, "--workspace", slug, *more, **named)

    def state(self, path):
        return Path(f"{path}.import-state")

    def test_a_file_of_several_calls_is_all_there_and_leaves_no_state(self):
        slug, path = self.workspace(), self.file(20_001)
        result = self.run_import(path, slug)
        self.assertEqual(json.loads(result.stdout),
                         {"keys": 20_001, "skipped": 0, "lines": 20_001, "resumedAfter": 0,
                          "thereBefore": 0})
        self.assertEqual(result.stderr, "")
        self.assertEqual(self.count(slug), 20_001)
        self.assertFalse(self.state(path).exists())

    def test_the_same_file_again_makes_nothing(self):
        slug, path = self.workspace(), self.file(10_005)
        self.run_import(path, slug)
        again = json.loads(self.run_import(path, slug).stdout)
        self.assertEqual(again["thereBefore"], 10_005)
        self.assertEqual(self.count(slug), 10_005)
        created = self.many("events", "--type", "KeyCreated", "--workspace", slug)
        self.assertEqual(len(created), 10_005)

    def test_standard_input(self):
        slug = self.workspace()
        text = self.file(3).read_text()
        self.assertEqual(json.loads(self.run_import("-", slug, text_in=text).stdout)["keys"], 3)
        self.run_import("-", slug, "--resume", text_in=text, status=ERROR)

    def test_a_bad_line_is_named_and_nothing_of_its_call_is_made(self):
        slug = self.workspace()
        path = self.file(10_010, extra=[(10_007, '{"digest": "sha256:00"'),])
        result = self.run_import(path, slug, status=ERROR)
        self.assertIn(f"{path}:10007: is not JSON", result.stderr)
        self.assertEqual(self.count(slug), 10_000)
        # Mended, it goes on behind the call that was made.
        path.write_text(path.read_text().replace('{"digest": "sha256:00"\n', ""))
        result = json.loads(self.run_import(path, slug, "--resume").stdout)
        self.assertEqual((result["keys"], result["resumedAfter"]), (10_009, 10_000))
        self.assertEqual(self.count(slug), 10_009)

    def test_what_the_server_refuses_is_named_by_its_line(self):
        slug = self.workspace()
        bad = line(999_999_001, name="", scopes=["no scope"])
        path = self.file(5, extra=[(2, "  "), (4, bad)])
        result = self.run_import(path, slug, status=ERROR)
        self.assertIn(f"{path}:4: /name: ", result.stderr)
        self.assertIn(f"{path}:4: /scopes/0: ", result.stderr)
        self.assertEqual(self.count(slug), 0)

    def test_a_digest_that_is_there_already_is_a_conflict_with_its_line(self):
        slug = self.workspace()
        self.run_import(self.file(1, extra=[(1, line(999_999_100))]), slug)
        path = self.file(3, extra=[(3, line(999_999_100, name="again"))])
        result = self.run_import(path, slug, status=CONFLICT)
        self.assertIn(":3", result.stderr)
        self.assertEqual(self.count(slug), 1)

    def test_what_is_there_already_is_counted_and_skipped(self):
        slug, elsewhere = self.workspace(), self.workspace()
        path = self.file(10_020)
        lines = path.read_text().splitlines()
        some = self.directory / "some.ndjson"
        some.write_text("\n".join(lines[:3] + lines[9_000:9_002]) + "\n")
        self.run_import(some, slug)
        some.write_text(lines[10_010] + "\n")
        self.run_import(some, elsewhere)
        # Twice in the file: the second is there when its turn comes.
        path.write_text("\n".join(lines + [lines[10_015], lines[5]]) + "\n")
        writer = self.admin(["keys:write"]).token
        for named in ({"token": writer}, {}):
            result = json.loads(self.run_import(path, slug, "--skip-existing", **named).stdout)
            made = 10_020 - 6 if named else 0
            if not named:  # within a day the same calls are answered as before
                self.assertGreater(result["thereBefore"] + result["skipped"], 0)
            else:
                self.assertEqual((result["keys"], result["skipped"]), (made, 8))
            self.assertEqual(self.count(slug), 10_020 - 1)
        path.write_text("\n".join(reversed(lines)) + "\n")  # other calls, of which nothing is new
        result = json.loads(self.run_import(path, slug, "--skip-existing").stdout)
        self.assertEqual((result["keys"], result["skipped"], result["lines"]), (0, 10_020, 10_020))
        self.assertEqual(self.count(slug), 10_020 - 1)

    def test_skipping_goes_on_where_it_was_cut_off(self):
        slug = self.workspace()
        path = self.file(10_010)
        lines = path.read_text().splitlines()
        some = self.directory / "few.ndjson"
        some.write_text("\n".join(lines[:2]) + "\n")
        self.run_import(some, slug)
        path.write_text("\n".join(lines + ["{"]) + "\n")
        self.run_import(path, slug, "--skip-existing", status=ERROR)
        self.assertEqual(json.loads(self.state(path).read_text())["skipped"], 2)
        path.write_text("\n".join(lines) + "\n")
        result = json.loads(self.run_import(path, slug, "--skip-existing", "--resume").stdout)
        self.assertEqual((result["keys"], result["skipped"]), (10_008, 2))
        self.assertEqual(self.count(slug), 10_010)

    def test_skipping_skips_nothing_but_what_is_there(self):
        slug = self.workspace()
        self.run_import(self.file(1, extra=[(1, line(999_999_200))]), slug)
        bad = line(999_999_201, scopes=["no scope"])
        path = self.file(4, extra=[(2, line(999_999_200)), (4, bad)])
        result = self.run_import(path, slug, "--skip-existing", status=ERROR)
        self.assertIn(f"{path}:4: /scopes/0: ", result.stderr)
        self.assertEqual(self.count(slug), 1)

    def test_what_can_not_begin_says_why(self):
        slug = self.workspace()
        self.run_import(self.directory / "none", slug, status=ERROR)
        self.run_import(self.directory, slug, status=ERROR)
        self.cli("keys", "import", "--workspace", slug, status=USAGE)
        self.cli("keys", "import", self.file(1), status=USAGE)
        self.run_import(self.file(1), "no-such-workspace", status=NOT_FOUND)

    def test_resume_goes_on_after_kill_9(self):
        slug, path = self.workspace(), self.file(60_000)
        for _ in range(2):
            process = subprocess.Popen(
                [BINARY, "keys", "import", path, "--workspace", slug, "--resume"],
                env=environment_of(self.environment()), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            running.add(process)
            before = self.state(path).read_text() if self.state(path).exists() else ""
            eventually(lambda: self.state(path).exists() and self.state(path).read_text() != before,
                       20)
            process.send_signal(signal.SIGKILL)
            stop_by_id(process)
        far = json.loads(self.state(path).read_text())
        self.assertGreaterEqual(far["keys"], 20_000)
        result = json.loads(self.run_import(path, slug, "--resume").stdout)
        self.assertEqual(result["keys"], 60_000)
        self.assertEqual(result["resumedAfter"], far["keys"])
        self.assertEqual(self.count(slug), 60_000)
        self.assertFalse(self.state(path).exists())

    def test_resume_refuses_another_file_workspace_or_state(self):
        slug = self.workspace()
        path = self.file(10_001, extra=[(10_001, "{")])
        self.run_import(path, slug, status=ERROR)
        self.run_import(path, self.workspace(), "--resume", status=ERROR)
        path.write_text(path.read_text().replace("key ", "KEY ", 1))
        result = self.run_import(path, slug, "--resume", status=ERROR)
        self.assertIn("does not begin as it did", result.stderr)
        self.state(path).write_text("{}")
        self.run_import(path, slug, "--resume", status=ERROR)
        self.assertEqual(self.count(slug), 10_000)

    def test_a_server_that_restarts_meanwhile_is_waited_for(self):
        slug, path = self.workspace(), self.file(40_000)
        port = self.server.port
        process = subprocess.Popen(
            [BINARY, "keys", "import", path, "--workspace", slug],
            env=environment_of(self.environment()), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.add(process)
        try:
            eventually(self.state(path).exists, 20)
            self.server.kill()
            self.server.spawn(listen=f"127.0.0.1:{port}")
            out, errors = process.communicate(timeout=60)
        finally:
            stop_by_id(process)
        self.connect()
        self.assertEqual(process.returncode, SUCCESS, errors)
        self.assertEqual(json.loads(out)["keys"], 40_000)
        self.assertEqual(self.count(slug), 40_000)

    def test_progress_is_for_terminals_alone(self):
        slug, path = self.workspace(), self.file(20_001)
        status, shown = self.on_terminal("keys", "import", path, "--workspace", slug)
        self.assertEqual(status, SUCCESS, shown)
        self.assertRegex(shown, r"imported 10,000 keys, \d+ %, [\d,]+/s")
        self.assertRegex(shown, r"(?m)keys +20001$")
