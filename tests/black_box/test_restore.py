"""Ledgers that are made of backups: whole, cut back, as another log; and damaged backups."""

import fcntl
import hashlib
import os
import shutil
import time
import uuid

from backups import (CONFLICT, INTEGRITY, NOT_FOUND, UNAVAILABLE, USAGE, BackupCase)
from cases import rfc3339, wait_past
from harness import HarnessError, eventually, run_program
from write_ahead_log import replaced


class Restore(BackupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_keys_tokens_and_all_that_is_beside_the_events_come_along")
        cls.home = case.workspace(scopes=[{"name": "a:b"}])
        cls.key_ = case.key(cls.home, name="Kept", scopes=["a:b"], owner="ada",
                            metadata={"plan": "gold"}, reason="a first one",
                            quota={"limit": 10, "window": None})
        cls.idempotent = {"Idempotency-Key": "order-42"}
        cls.body = {"name": "once", "environment": "live", "scopes": []}
        cls.once = case.expect(
            cls.root.post(f"/v1/workspaces/{cls.home}/keys", cls.body, headers=cls.idempotent), 201
        )
        cls.doomed = case.key(cls.home)
        for _ in range(3):
            case.assertEqual(case.code(cls.key_.token), "valid")
        case.used(cls.key_.id, {"valid": 3})
        cls.vkey = cls.root.get("/v1/ledger/key").body.decode().strip()
        cls.before_revocation = case.root.get("/livez").seq
        wait_past(time.time() + 0.05)
        cls.time_before = rfc3339(time.time())
        wait_past(time.time() + 0.05)
        cls.revoked = case.act(cls.doomed.id, "revoke")["seq"]

        def signed():
            return int(cls.root.get("/checkpoint").body.split(b"\n")[1]) > cls.revoked

        eventually(signed, 5, "a checkpoint over the revocation")
        cls.backup = cls.server.directory / "backup"
        case.take(cls.backup)

    def changed_copy(self):
        copy = self.place("copy")
        shutil.copytree(self.backup, copy)
        return copy

    def test_keys_tokens_and_all_that_is_beside_the_events_come_along(self):
        data = self.place("restored")
        said = self.restore(self.backup, data, "--log-key", self.log_key).stdout
        self.assertIn("restored", said)
        self.assertEqual(os.stat(data).st_mode & 0o777, 0o700)
        for name in ("log.key", "ledger/CURRENT"):
            self.assertEqual((data / name).stat().st_mode & 0o777, 0o600)
        self.verified(data, "--derived")
        self.verified(data, "--key", self.vkey)
        restored = self.serve(data)
        root = restored.client(restored.root_token)
        document = self.expect(root.get(f"/v1/keys/{self.key_.id}"))
        self.assertEqual((document["owner"], document["metadata"]), ("ada", {"plan": "gold"}))
        self.assertEqual(document["quota"]["remaining"], 7)
        usage = self.expect(root.get(f"/v1/keys/{self.key_.id}/usage?bucket=1h"))["items"]
        self.assertEqual(len(usage), 1)
        verdict = self.verify(self.key_.token, restored.client(), scopes=["a:b"])
        self.assertEqual(verdict["code"], "valid")
        self.assertEqual(self.verify(self.doomed.token, restored.client())["code"], "revoked")
        path = f"/v1/workspaces/{self.home}/keys"
        again = root.post(path, self.body, headers=self.idempotent)
        self.assertEqual(again.status, 200, again)
        self.assertEqual(again.json["key"]["id"], self.once["key"]["id"])
        reasons = [event["reason"] for event in
                   self.expect(root.get(f"/v1/keys/{self.key_.id}/events"))["items"]]
        self.assertEqual(reasons[0], "a first one")
        self.assertEqual(root.get("/v1/ledger/key").body.decode().strip(), self.vkey)
        self.assertEqual(root.get("/readyz").status, 200)
        self.expect(root.post(path, self.body), 201)
        restored.stop()
        self.verified(data, "--derived")

    def test_without_the_key_it_is_verified_and_not_served(self):
        data = self.place("restored")
        self.assertIn("no key that signs", self.restore(self.backup, data).stdout)
        self.assertFalse((data / "log.key").exists())
        self.assertIn(self.vkey, self.verified(data))
        exported = run_program("audit", "export", "--data", data)
        self.assertEqual(exported.returncode, 0, exported.stderr)
        with self.assertRaises(HarnessError) as refused:
            self.serve(data)
        self.assertIn("--signing-key", str(refused.exception))
        self.assertIn("restored from a backup", str(refused.exception))
        served = self.serve(data, "--signing-key", self.log_key)
        self.assertEqual(self.verify(self.key_.token, served.client())["code"], "valid")
        served.stop()
        again = self.place("again")
        taken = run_program("backup", "--data", data, "--to", again)
        self.assertEqual(taken.returncode, 0, taken.stderr)

    def test_a_key_that_is_not_the_logs_is_refused(self):
        other = self.place("other")
        self.assertEqual(run_program("init", "--data", other).returncode, 0)
        data = self.place("restored")
        result = self.restore(self.backup, data, "--log-key", other / "log.key", status=INTEGRITY)
        self.assertIn("not the key", result.stderr)
        self.assertFalse((data / "ledger").exists())
        open_to_all = self.place("open.key")
        shutil.copy(self.log_key, open_to_all)
        open_to_all.chmod(0o644)
        refused = self.restore(self.backup, data, "--log-key", open_to_all, status=1)
        self.assertIn("0600", refused.stderr)
        self.assertFalse(data.exists())
        self.restore(self.backup, data, "--log-key", self.log_key)

    def test_a_directory_with_a_ledger_is_left_as_it_is(self):
        before = hashlib.sha256(self.log_key.read_bytes()).hexdigest()
        result = self.restore(self.backup, self.server.data, status=CONFLICT)
        self.assertIn("left as it is", result.stderr)
        self.assertEqual(hashlib.sha256(self.log_key.read_bytes()).hexdigest(), before)
        data = self.place("with-key")
        data.mkdir()
        shutil.copy(self.log_key, data)
        self.restore(self.backup, data, status=CONFLICT)
        self.assertEqual(os.listdir(data), ["log.key"])
        # What a restoration left that was cut short gives way, but for a key.
        (data / "ledger.new").mkdir()
        self.restore(self.backup, data, "--log-key", data / "log.key", status=CONFLICT)
        (data / "log.key").unlink()
        (data / "checkpoint").write_text("of then")
        self.restore(self.backup, data)
        self.assertFalse((data / "ledger.new").exists())
        self.verified(data)

    def test_a_changed_byte_of_any_file_is_found_and_the_file_named(self):
        copy = self.changed_copy()
        files = [path for path in copy.rglob("*") if path.is_file()]
        self.assertGreater(len(files), 6)
        for path in files:
            whole = path.read_bytes()
            if not whole:
                continue
            changed = bytearray(whole)
            changed[len(whole) // 2] ^= 1
            for damage in (bytes(changed), whole[:-1], None):
                with self.subTest(path.name, damage=damage and len(damage)):
                    path.unlink()
                    if damage is not None:
                        path.write_bytes(damage)
                    for more in ((), ("--until", self.before_revocation, "--origin", "o")):
                        data = self.place("restored")
                        missing = damage is None and path.name == "manifest"
                        result = self.restore(copy, data, *more,
                                              status=NOT_FOUND if missing else INTEGRITY)
                        self.assertIn(path.name, result.stderr)
                        self.assertFalse((data / "ledger").exists())
                        self.assertFalse((data / "ledger.new").exists())
                    path.write_bytes(whole)

    def test_a_file_that_no_manifest_lists_is_not_read(self):
        copy = self.changed_copy()
        (copy / "ledger" / "000999.log").write_bytes(b"")
        data = self.place("restored")
        result = self.restore(copy, data, "--until", "5", status=INTEGRITY)
        self.assertIn("000999.log", result.stderr)
        self.assertFalse(data.exists())
        self.restore(copy, data, "--log-key", self.log_key)
        self.verified(data)

    def test_one_makes_a_ledger_in_a_directory_at_a_time(self):
        data = self.place("restored")
        data.mkdir()
        held = os.open(data, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            result = self.restore(self.backup, data, status=UNAVAILABLE)
            self.assertIn("another process", result.stderr)
            made = run_program("init", "--data", data)
            self.assertEqual(made.returncode, UNAVAILABLE)
            self.assertEqual(list(data.iterdir()), [])
        finally:
            os.close(held)
        self.restore(self.backup, data, "--log-key", self.log_key)
        self.verified(data)

    def test_what_makes_no_sense_is_said(self):
        data = self.place("restored")
        for arguments, status in (
            (("--until", "soon"), USAGE),
            (("--until", "2020-01-01T00:00:00Z", "--origin", "o"), USAGE),
            (("--origin", "has blanks"), USAGE),
            (("--origin", self.vkey.split("+")[0]), USAGE),
            (("--origin", "o", "--log-key", self.log_key), USAGE),
        ):
            with self.subTest(arguments):
                self.restore(self.backup, data, *arguments, status=status)
                self.assertFalse((data / "ledger").exists())
        self.restore(self.server.directory, data, status=NOT_FOUND)
        self.assertEqual(run_program("restore", "--from", self.backup).returncode, USAGE)

    def cut_back(self, until):
        data = self.place(f"cut-{until}")
        said = self.restore(self.backup, data, "--until", until, "--origin", "keys.example/before")
        vkey = said.stdout.splitlines()[-1]
        self.assertTrue(vkey.startswith("keys.example/before+"), said.stdout)
        self.verified(data, "--derived")
        self.verified(data, "--key", vkey)
        return data, vkey

    def test_a_ledger_can_be_cut_back_to_an_event_or_a_time(self):
        for until in (self.before_revocation, self.time_before):
            with self.subTest(until=until):
                data, vkey = self.cut_back(until)
                restored = self.serve(data)
                root = restored.client(restored.root_token)
                self.assertEqual(self.verify(self.doomed.token, restored.client())["code"], "valid")
                self.assertEqual(self.verify(self.key_.token, restored.client())["code"], "valid")
                self.assertEqual(root.get("/v1/ledger/key").body.decode().strip(), vkey)
                self.assertEqual(root.get("/readyz").status, 200)
                stated = self.expect(root.get("/v1/events?type=LogKeyRotated"))["items"]
                self.assertEqual([event["data"]["before"] for event in stated], [self.vkey])
                self.assertIn("restored from a backup", stated[0]["reason"])
                self.expect(root.post(f"/v1/keys/{self.doomed.id}:revoke", {}))
                path = f"/v1/workspaces/{self.home}/keys"
                again = root.post(path, self.body, headers=self.idempotent)
                self.assertEqual(again.json["key"]["id"], self.once["key"]["id"])
                restored.stop()
                self.verified(data, "--derived")

    def test_every_prefix_of_a_ledger_is_a_ledger(self):
        for until in range(0, self.revoked, 3):
            with self.subTest(until=until):
                data, _ = self.cut_back(until)
                lines = run_program("audit", "export", "--data", data).stdout.splitlines()
                self.assertEqual(len(lines), until + 2)  # and the event that names the key
                shutil.rmtree(data)

    def test_history_that_was_signed_is_not_cut_under_the_same_name(self):
        data = self.place("restored")
        result = self.restore(self.backup, data, "--until", self.before_revocation,
                              "--log-key", self.log_key, status=USAGE)
        self.assertIn("another one", result.stderr)
        self.assertFalse(data.exists())
        said = self.restore(self.backup, data, "--until", self.before_revocation).stdout
        self.assertIn("another log than " + self.vkey.split("+")[0], said)
        made_up = said.splitlines()[-1]
        self.assertNotEqual(made_up.split("+")[0], self.vkey.split("+")[0])
        self.verified(data, "--key", made_up)
        self.serve(data).stop()
        self.verified(data, "--derived")
        shutil.rmtree(data)
        # What no checkpoint covers, or what is not there, needs no other name.
        self.restore(self.backup, data, "--until", 10**12, "--log-key", self.log_key)
        self.verified(data)

    def test_a_whole_ledger_can_go_on_as_another_log(self):
        data = self.place("restored")
        said = self.restore(self.backup, data, "--origin", "keys.example/other").stdout
        vkey = said.splitlines()[-1]
        self.verified(data, "--derived", "--key", vkey)
        restored = self.serve(data)
        checkpoint = restored.client().get("/checkpoint").body.decode()
        self.assertTrue(checkpoint.startswith("keys.example/other\n"))
        self.assertEqual(self.verify(self.key_.token, restored.client())["code"], "valid")
        restored.stop()
        self.verified(data)


class AlteredSource(BackupCase):
    """Its server is killed, and what it leaves is altered."""

    def test_an_altered_event_is_not_made_good_by_a_restoration(self):
        home = self.workspace()
        revoked = self.act(self.key(home).id, "revoke")["seq"]
        # Enough that the event stands in a full tile, and its hash is not made anew.
        items = [{"digest": f"sha256:{i:064x}", "name": f"import {i}", "environment": "live",
                  "scopes": []} for i in range(300)]
        self.expect(self.root.post(f"/v1/workspaces/{home}/keys:import", {"items": items}), 201)
        event = self.root.get(f"/v1/events?from={revoked}&limit=1").json["items"][0]
        eventually(lambda: int(self.root.get("/checkpoint").body.split(b"\n")[1]) > 300, 5,
                   "a checkpoint over the import")
        self.server.kill()
        raw = uuid.UUID(event["id"]).bytes
        event_id = raw[7::-1] + raw[:7:-1]  # as the event holds it: two numbers, low bytes first
        places = 0
        for path in (self.server.data / "ledger").glob("*.log"):
            data = path.read_bytes()
            places += data.count(event_id)
            path.write_bytes(replaced(data, event_id, event_id[:-1] + bytes([event_id[-1] ^ 1])))
        self.assertEqual(places, 1)
        kept = self.place("kept")
        taken = run_program("backup", "--data", self.server.data, "--to", kept)
        self.assertEqual(taken.returncode, 0, taken.stderr)
        for more in (["--until", "200"], ["--until", "9999"], ["--origin", "another"], []):
            data = self.place("-".join(["restored", *more]))
            result = self.restore(kept, data, *more, status=INTEGRITY)
            self.assertIn(f"event seq={revoked} ", result.stderr)
            self.assertFalse((data / "ledger").exists())
            self.assertFalse((data / "log.key").exists())
        # The class ends with a server that stops well.
        shutil.rmtree(self.server.data)
        shutil.copytree(self.pristine, self.server.data)
        self.server.start()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.stop()
        cls.pristine = cls.server.directory / "pristine"
        shutil.copytree(cls.server.data, cls.pristine)
        cls.server.start()
        cls.connect()
