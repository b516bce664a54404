"""`audit replay` and `audit export`: what a directory says without a server."""

import hashlib
import json
import os
import shutil
import stat

from cases import LedgerCase
from harness import eventually, run_program

USAGE, NOT_FOUND, CONFLICT, INTEGRITY, UNAVAILABLE = 2, 3, 5, 6, 7


def fingerprint(directory):
    """Name, size, time and content of every file below."""
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            status = os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                continue
            with open(path, "rb") as file:
                found[path] = (status.st_mtime_ns, hashlib.sha256(file.read()).hexdigest())
    return found


class Offline(LedgerCase):
    """A ledger with a small history, and what the running server said of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_what_makes_no_sense_is_said")
        cls.home = case.workspace()
        cls.first = case.key(cls.home, name="First", scopes=["a:b"], owner="ada", reason="why not")
        cls.second = case.key(cls.home)
        case.expect(cls.root.patch(f"/v1/keys/{cls.first.id}", {"name": "Second"}))
        case.verify(cls.first.token)
        case.act(cls.first.id, "rotate")
        case.used(cls.first.id, {"valid": 1})
        case.act(cls.first.id, "revoke", {"reason": "leaked"})
        cls.documents = {
            key.id: {
                event["seq"]: case.document(key.id, f"?asOf={event['seq']}")
                for event in case.history(key.id)
            }
            for key in (cls.first, cls.second)
        }
        cls.server.stop()
        cls.server.start()
        cls.connect()
        cls.events = case.expect(cls.root.get("/v1/events?limit=1000"))["items"]
        cls.server.stop()

    @classmethod
    def tearDownClass(cls):
        pass  # it is stopped

    def audit(self, *arguments, status=0):
        result = run_program("audit", *arguments, "--data", self.server.data)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def lines(self, *arguments):
        return [json.loads(line) for line in self.audit(*arguments).stdout.splitlines()]

    def test_keys_are_replayed_as_the_server_told_them(self):
        for key in (self.first, self.second):
            for seq, document in self.documents[key.id].items():
                with self.subTest(key=key.id, seq=seq):
                    (told,) = self.lines("replay", "--until", seq, "--key", key.id)
                    self.assertEqual(told, document)
        last = self.documents[self.first.id][max(self.documents[self.first.id])]
        ids = [key["id"] for key in self.lines("replay", "--until", last["revokedAt"])]
        self.assertLessEqual({self.first.id, self.second.id}, set(ids))
        early = self.lines("replay", "--until", self.first.document["seq"])
        self.assertNotIn(self.second.id, [key["id"] for key in early])
        self.assertEqual(self.lines("replay", "--until", "2020-01-01T00:00:00Z"), [])

    def test_the_history_is_exported_as_the_server_showed_it(self):
        told = self.lines("export")
        self.assertEqual(told[: len(self.events)], self.events)
        self.assertEqual([event["seq"] for event in told], list(range(len(told))))
        self.assertEqual(told[-1]["type"], "LedgerStopped")
        some = self.lines("export", "--format", "ndjson", "--from", 3, "--until", 7)
        self.assertEqual(some, told[3:8])
        time = told[5]["time"]
        since = self.lines("export", "--from", time)
        self.assertEqual(since, [event for event in told if event["time"] >= time])
        until = self.lines("export", "--until", time)
        self.assertEqual(until, [event for event in told if event["time"] <= time])

    def test_cloud_events_and_ocsf_have_a_line_an_event(self):
        count = len(self.lines("export"))
        for line, event in zip(self.lines("export", "--format", "cloudevents"), range(count)):
            self.assertEqual((line["specversion"], int(line["sequence"])), ("1.0", event))
            self.assertEqual(line["data"]["seq"], event)
        ocsf = self.lines("export", "--format", "ocsf")
        self.assertEqual([line["metadata"]["sequence"] for line in ocsf], list(range(count)))
        for line in ocsf:
            self.assertEqual(line["type_uid"], line["class_uid"] * 100 + line["activity_id"])

    def test_it_goes_to_a_new_file_and_changes_nothing(self):
        before = fingerprint(self.server.data)
        path = self.server.directory / "history.ndjson"
        self.assertEqual(self.audit("export", "--to", path).stdout, "")
        self.assertEqual(path.read_text(), self.audit("export").stdout)
        self.audit("export", "--to", path, status=CONFLICT)
        self.audit("replay")
        self.assertEqual(fingerprint(self.server.data), before)

    def test_what_makes_no_sense_is_said(self):
        for arguments, status in (
            (("replay", "--until", "soon"), USAGE),
            (("replay", "--key", "nobody"), USAGE),
            (("replay", "--key", self.second.id, "--until", 2), NOT_FOUND),
            (("export", "--format", "xml"), USAGE),
            (("export", "--from", "later"), USAGE),
        ):
            with self.subTest(arguments):
                result = self.audit(*arguments, status=status)
                self.assertEqual(result.stdout, "")
                self.assertIn("keyledger audit: ", result.stderr)
        missing = run_program("audit", "export", "--data", self.server.directory / "nowhere")
        self.assertEqual(missing.returncode, NOT_FOUND)
        self.assertEqual(run_program("audit", "replay").returncode, USAGE)


class Cut(LedgerCase):
    def test_a_ledger_that_lacks_its_end_is_not_taken_for_whole(self):
        key = self.key(self.workspace())
        seq = self.act(key.id, "revoke")["seq"]
        eventually(lambda: self.signed_size() > seq, 5, "a checkpoint over the revocation")
        self.server.kill()
        cut = self.server.directory / "cut"
        shutil.copytree(self.server.data, cut)
        self.server.start()
        self.connect()
        logs = (cut / "ledger").glob("*.log")
        longest = max(logs, key=lambda path: path.stat().st_size)
        longest.write_bytes(longest.read_bytes()[: longest.stat().st_size // 2])
        for command in (("replay",), ("replay", "--key", key.id), ("export",)):
            with self.subTest(command):
                result = run_program("audit", *command, "--data", cut)
                self.assertEqual((result.returncode, result.stdout), (INTEGRITY, ""))
                self.assertIn("is missing", result.stderr)

    def signed_size(self):
        return int((self.server.data / "checkpoint").read_text().split("\n")[1])


class InUse(LedgerCase):
    def test_a_directory_that_is_served_is_left_alone_and_the_way_is_told(self):
        for command in ("replay", "export"):
            result = run_program("audit", command, "--data", self.server.data)
            self.assertEqual((result.returncode, result.stdout), (UNAVAILABLE, ""))
            self.assertIn(f"process {self.server.child.process.pid}", result.stderr)
            self.assertIn("keyledger events", result.stderr)
