"""What a ledger lost while it was down is noticed: it is shown, not served, and not written to."""

import pathlib
import re
import shutil
import uuid

from cases import LedgerCase
from harness import HarnessError, eventually, run_program
from write_ahead_log import replaced


class Quarantine(LedgerCase):
    """Each test has a server of its own: what it breaks stays broken."""

    def setUp(self):
        type(self).setUpClass()
        self.addCleanup(type(self).tearDownClass)

    def checkpoint_size(self):
        path = self.server.data / "checkpoint"
        return int(path.read_text().splitlines()[1]) if path.exists() else 0

    def signed_up_to(self, seq):
        eventually(lambda: self.checkpoint_size() > seq, 5, "a checkpoint over the newest event")

    def assert_quarantined(self, home, key, why="checkpoint"):
        shown = self.root.get(f"/v1/keys/{key.id}")
        self.assertEqual(shown.status, 200, shown)
        self.assertIn(why, shown.header("X-Ledger-Quarantine"))
        self.assertNotIn("/", shown.header("X-Ledger-Quarantine"))
        self.assertEqual(self.root.get("/readyz").status, 503)
        self.assertIn("keyledger_quarantined 1", self.root.get("/metrics").body.decode())
        written = self.root.post(f"/v1/keys/{key.id}:revoke")
        self.problem(written, 503, "unavailable")
        checked = self.problem(self.root.post("/v1/verify", {"token": key.token}), 503, "stale")
        self.assertIn("quarantine", checked["detail"])
        self.assertEqual(self.root.get(f"/v1/authorize/{home}").status, 503)
        self.assertIn("quarantined", self.server.log_tail())

    def test_a_directory_that_went_back_to_yesterday_is_not_written_to(self):
        home = self.workspace()
        key = self.key(home)
        self.server.stop()
        yesterday = self.server.directory / "yesterday"
        shutil.copytree(self.server.data / "ledger", yesterday)
        self.server.start()
        self.connect()
        self.signed_up_to(self.act(key.id, "revoke")["seq"])
        self.server.kill()
        shutil.rmtree(self.server.data / "ledger")
        shutil.copytree(yesterday, self.server.data / "ledger")
        before = self.checkpoint_size()
        self.server.start()
        self.connect()
        self.assert_quarantined(home, key)
        self.server.stop()
        self.assertEqual(self.checkpoint_size(), before)

    def test_a_deleted_write_ahead_log_is_noticed(self):
        self.server.stop()
        self.server.start()
        self.connect()
        home = self.workspace()
        key = self.key(home)
        self.signed_up_to(self.act(key.id, "suspend")["seq"])
        self.server.kill()
        for log in pathlib.Path(self.server.data / "ledger").glob("*.log"):
            log.unlink()
        # What was in the files alone may still be shown; where all of it is gone, nothing is.
        try:
            self.server.start()
        except HarnessError:
            self.assertEqual(self.server.child.process.returncode, 6)
        else:
            self.connect()
            self.assertEqual(self.root.get("/readyz").status, 503)
        self.assertIn("checkpoint", self.server.log_tail())

    def test_a_checkpoint_or_a_key_that_was_changed_is_refused_by_name(self):
        self.server.stop()
        for name in ("checkpoint", "log.key"):
            with self.subTest(file=name):
                path = self.server.data / name
                good = path.read_bytes()
                path.write_bytes(good[:-5] + b"AAAA\n")
                self.server.spawn()
                self.assertEqual(self.server.child.wait(), 6)
                self.assertIn(name, self.server.log_tail())
                path.write_bytes(good)
        self.server.start()

    def test_a_signing_key_that_others_may_read_is_refused(self):
        self.server.stop()
        path = self.server.data / "log.key"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        path.chmod(0o644)
        self.server.spawn()
        self.assertEqual(self.server.child.wait(), 6)
        path.chmod(0o600)
        self.server.start()

    def test_a_clean_stop_signs_the_last_event(self):
        self.workspace()
        self.server.stop()
        size = self.checkpoint_size()
        self.server.start()
        self.connect()
        started = self.root.get("/v1/events?type=LedgerStarted&limit=1000").json["items"][-1]
        self.assertEqual(started["seq"], size)

    def test_an_event_altered_in_place_is_not_taken_for_what_happened(self):
        home = self.workspace()
        key = self.key(home)
        suspended = self.act(key.id, "suspend")
        event = self.root.get(f"/v1/events?from={suspended['seq']}&limit=1").json["items"][0]
        other = self.key(home)
        self.signed_up_to(other.document["seq"])
        self.server.kill()
        raw = uuid.UUID(event["id"]).bytes
        event_id = raw[7::-1] + raw[:7:-1]  # as the event holds it: two numbers, low bytes first
        places = 0
        for path in pathlib.Path(self.server.data / "ledger").glob("*.log"):
            data = path.read_bytes()
            places += data.count(event_id)
            path.write_bytes(replaced(data, event_id, event_id[:-1] + bytes([event_id[-1] ^ 1])))
        self.assertEqual(places, 1)
        found = self.verified()
        self.assertEqual(found.returncode, 6)
        # The last few events have no hash of their own beside them: it is one of so many.
        named = re.search(r"event seq=(\d+) (?:or one of the (\d+) after it )?is not", found.stderr)
        first, more = int(named.group(1)), int(named.group(2) or 0)
        self.assertLessEqual(first, event["seq"])
        self.assertLessEqual(event["seq"], first + more)
        self.server.start()
        self.connect()
        self.assert_quarantined(home, key, f"event seq={first} ")
        # What was before them is shown: it was not suspended yet, and the next key was not made.
        shown = self.root.get(f"/v1/keys/{key.id}")
        self.assertEqual(shown.json["status"], "active")
        self.assertEqual(shown.header("X-Ledger-Seq"), str(first - 1))
        self.assertEqual(self.root.get(f"/v1/keys/{other.id}").status, 404)
        self.server.stop()
        self.assertIn(f"seq={first} ", self.verified().stderr)

    def verified(self):
        return run_program("audit", "verify", "--data", self.server.data)

    def test_an_older_copy_of_the_checkpoint_is_noticed_after_a_crash_too(self):
        home = self.workspace()
        key = self.key(home)
        older = self.server.directory / "older"
        self.signed_up_to(key.document["seq"])
        shutil.copy(self.server.data / "checkpoint", older)
        self.server.stop()
        self.server.start()
        self.connect()
        self.act(key.id, "suspend")
        self.server.kill()
        self.assertEqual(self.verified().returncode, 0)
        shutil.copy(older, self.server.data / "checkpoint")
        found = self.verified()
        self.assertEqual(found.returncode, 6)
        self.assertIn("older", found.stderr)
        self.server.start()
        self.connect()
        self.assert_quarantined(home, key)

    def test_an_older_copy_of_the_signing_key_is_noticed(self):
        home = self.workspace()
        key = self.key(home)
        self.server.stop()
        older = (self.server.data / "log.key").read_bytes()
        self.rotate(0)
        self.server.start()
        self.server.stop()
        self.assertEqual(self.verified().returncode, 0)
        (self.server.data / "log.key").write_bytes(older)
        self.assertEqual(self.verified().returncode, 6)
        self.server.start()
        self.connect()
        self.assert_quarantined(home, key, "the key that signs")

    def test_a_key_whose_time_is_over_is_forgotten(self):
        self.server.stop()
        first = (self.server.data / "log.key").read_text().strip()
        self.rotate(0, "--overlap", "0s")
        self.assertIn(first, (self.server.data / "log.key").read_text())
        self.server.start()
        self.server.stop()
        left = (self.server.data / "log.key").read_text()
        self.assertNotIn(first, left)
        self.assertEqual(len(left.splitlines()), 1)
        self.assertEqual((self.server.data / "log.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.verified().returncode, 0)
        self.server.start()
        self.connect()
        self.assertEqual(self.root.get("/readyz").status, 200)

    def rotate(self, expected, *more):
        rotated = run_program("audit", "rotate-key", "--data", self.server.data, *more)
        self.assertEqual(rotated.returncode, expected, rotated.stderr)

    def test_a_crash_between_two_rotations_locks_nobody_out(self):
        self.server.stop()
        self.rotate(0)
        self.rotate(5)
        self.server.start()
        self.server.kill()
        self.rotate(0)
        self.server.start()
        self.connect()
        self.assertEqual(self.root.get("/readyz").status, 200)
        self.server.stop()
        self.assertEqual(self.verified().returncode, 0)
