"""keyledger audit watch, and the rotation of the key that signs."""

import os
import shutil
import signal

from auditor import INTEGRITY, AuditCase
from harness import Child, eventually, run_program
from stand_in import StandInCase

import verify_export as verifier

USAGE, UNAVAILABLE = 2, 7


class Watch(AuditCase):
    def setUp(self):
        self.state = self.server.directory / f"state-{self.id()}"

    def watch(self, *more):
        url = f"http://{self.server.host}:{self.server.port}"
        return run_program("audit", "watch", "--url", url, "--state", self.state, "--once", *more)

    def seen(self):
        return int(self.state.read_text().split("\n\n")[1].split("\n")[1])

    def test_a_ledger_that_grows_is_followed(self):
        self.assertEqual(self.watch().returncode, 0)
        first = self.seen()
        seq = self.key(self.home).document["seq"]

        def caught_up():
            result = self.watch()
            self.assertEqual(result.returncode, 0, result.stderr)
            return self.seen() > seq

        eventually(caught_up, 10, "a checkpoint over the new event")
        self.assertGreater(self.seen(), first)

    def test_a_ledger_that_went_back_is_a_fork(self):
        self.server.stop()
        yesterday = self.server.directory / "yesterday"
        shutil.rmtree(yesterday, ignore_errors=True)
        shutil.copytree(self.data, yesterday)
        self.server.start()
        self.connect()
        self.key(self.home)
        self.server.restart()
        self.connect()
        self.assertEqual(self.watch().returncode, 0)
        kept = self.state.read_text()
        self.server.stop()
        shutil.rmtree(self.data)
        shutil.copytree(yesterday, self.data)
        self.server.start()
        self.connect()
        self.assertEqual(self.watch().returncode, INTEGRITY)
        self.assertEqual(self.state.read_text(), kept)
        size = int(kept.split("\n\n")[1].split("\n")[1])

        def beyond():
            self.key(self.home)
            return self.checkpoint_size() > size

        eventually(beyond, 10, "another history that is longer")
        self.assertEqual(self.watch().returncode, INTEGRITY)
        # What was kept also shows it offline.
        note = self.server.directory / "kept-note"
        note.write_text(kept.split("\n\n", 1)[1])
        self.server.stop()
        self.bad(run_program("audit", "verify", "--data", self.data, "--checkpoint", note))
        self.good(run_program("audit", "verify", "--data", self.data))
        self.server.start()
        self.connect()

    def test_another_key_is_not_taken(self):
        self.assertEqual(self.watch("--key", self.vkey).returncode, 0)
        other = self.state.read_text().replace(self.vkey.split("+")[0], "other")
        self.state.write_text(other)
        self.assertNotEqual(self.watch().returncode, 0)

    def test_a_server_that_is_not_there_is_unavailable(self):
        result = run_program("audit", "watch", "--url", "http://127.0.0.1:1", "--state", self.state,
                             "--once")
        self.assertEqual(result.returncode, UNAVAILABLE, result.stderr)
        self.assertFalse(self.state.exists())

    def test_a_server_that_is_away_is_said_when_it_goes_and_when_it_is_back(self):
        stand_in = StandInCase()
        self.addCleanup(stand_in.doCleanups)
        note = (200, {}, self.anonymous.get("/checkpoint").body.decode())
        stand_in.serve((503, {}, "{}"), (503, {}, "{}"), (503, {}, "{}"), note)
        said = self.server.directory / "said"
        child = Child(["audit", "watch", "--state", self.state, "--key", self.vkey, "--interval",
                       "20ms"], said, stand_in.environment)
        eventually(lambda: self.state.exists(), 10)
        child.signal(signal.SIGINT)
        self.assertEqual(child.wait(), 0)
        self.assertEqual(said.read_text().splitlines(), [
            "keyledger audit watch: the server answered 503",
            "keyledger audit watch: the server answers again"])

    def test_a_state_is_needed(self):
        self.assertEqual(run_program("audit", "watch", "--once").returncode, USAGE)


class Rotation(AuditCase):
    def rotate(self, *more):
        return run_program("audit", "rotate-key", "--data", self.data, *more)

    def test_a_rotated_key_signs_with_the_older_one_for_a_while(self):
        self.assertNotEqual(self.rotate().returncode, 0)  # it is being served
        self.server.stop()
        before = (self.data / "log.key").read_text()
        result = self.rotate("--overlap", "1h")
        self.assertEqual(result.returncode, 0, result.stderr)
        new = result.stdout.strip()
        self.assertNotEqual(new, self.vkey)
        self.assertEqual(new.split("+")[0], self.vkey.split("+")[0])
        self.assertNotEqual((self.data / "log.key").read_text(), before)
        self.assertEqual((self.data / "log.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.rotate().returncode, 5)  # the last one is not stated yet
        self.good(run_program("audit", "verify", "--data", self.data))
        self.server.start()
        self.connect()
        self.assertEqual(self.anonymous.get("/v1/ledger/key").body.decode().strip(), new)
        policy = self.anonymous.get("/v1/ledger/policy").body.decode()
        self.assertEqual(policy, f"log {new}\nlog {self.vkey}\nquorum none\n")
        stated = self.root.get("/v1/events?type=LogKeyRotated&limit=1000").json["items"]
        self.assertEqual([event["data"] for event in stated],
                         [{"before": self.vkey, "after": new}])

        def covered():
            note = self.anonymous.get("/checkpoint").body.decode()
            return note if int(note.split("\n")[1]) > stated[0]["seq"] else None

        note = eventually(covered, 5, "a checkpoint over the rotation")
        for key in (new, self.vkey):
            verifier.open_checkpoint(note, [key])
        self.restart()
        again = self.root.get("/v1/events?type=LogKeyRotated&limit=1000").json["items"]
        self.assertEqual(len(again), 1)
        self.good(run_program("audit", "verify", "--data", self.data))
        self.server.stop()
        third = self.rotate("--overlap", "0s")
        self.assertEqual(third.returncode, 0, third.stderr)
        self.server.start()
        self.connect()
        self.key(self.home)

        def by_the_new_one_alone():
            text = self.anonymous.get("/checkpoint").body.decode()
            return text.count("\u2014") == 1 and verifier.open_checkpoint(
                text, [third.stdout.strip()])

        eventually(by_the_new_one_alone, 5, "a checkpoint by the third key alone")
        type(self).vkey = third.stdout.strip()

    def test_a_key_may_come_as_a_credential_of_systemd(self):
        self.server.stop()
        credentials = self.server.directory / "credentials"
        credentials.mkdir()
        os.rename(self.data / "log.key", credentials / "log.key")
        (credentials / "log.key").chmod(0o400)
        self.server.start(environment={"CREDENTIALS_DIRECTORY": str(credentials)})
        self.connect()
        key = self.anonymous.get("/v1/ledger/key").body.decode().strip()
        self.key(self.home)
        self.server.stop()
        self.good(run_program("audit", "verify", "--data", self.data, "--key", key))
        self.server.spawn()
        self.assertEqual(self.server.child.wait(), INTEGRITY)
        self.assertIn("log.key", self.server.log_tail())
        (credentials / "log.key").chmod(0o600)
        os.rename(credentials / "log.key", self.data / "log.key")
        self.server.start()
        self.connect()
