"""keyledger audit: what an auditor does with a ledger's directory, its exports and receipts."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys

from cases import LedgerCase
from harness import ROOT, eventually, run_program

sys.path.insert(0, str(ROOT / "tools"))
import verify_export as verifier  # noqa: E402

USAGE, NOT_FOUND, INTEGRITY, UNAVAILABLE = 2, 3, 6, 7
SCRIPT = ROOT / "tools" / "verify_export.py"


def contents(directory):
    """Every file below it, with all that a change would change."""
    return {
        str(path.relative_to(directory)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(pathlib.Path(directory).rglob("*"))
        if path.is_file()
    }


def run_script(*arguments, hide_cryptography=False):
    environment = dict(os.environ)
    command = [sys.executable]
    if hide_cryptography:
        command += ["-c", "import sys, runpy; sys.modules['cryptography'] = None; "
                    f"sys.argv = sys.argv[1:]; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"]
        arguments = (SCRIPT, *arguments)
    else:
        command.append(str(SCRIPT))
    return subprocess.run(command + [str(a) for a in arguments], env=environment,
                          capture_output=True, text=True, timeout=60)


class AuditCase(LedgerCase):
    """A ledger with a history, whose server a test may stop."""

    config = 'seal_interval = "200ms"\n'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("workspace")
        cls.home = case.workspace()
        cls.used = case.key(cls.home)
        for _ in range(3):
            case.verify(cls.used.token)
        case.act(cls.used.id, "suspend", {"reason": "for the audit"})
        items = [{"digest": f"sha256:{i:064x}", "name": f"import {i}", "environment": "live",
                  "scopes": []} for i in range(600)]
        made = cls.root.post(f"/v1/workspaces/{cls.home}/keys:import", {"items": items})
        case.assertEqual(made.status, 201, made)
        cls.vkey = cls.anonymous.get("/v1/ledger/key").body.decode().strip()
        seq = case.history(cls.used.id)[-1]["seq"] + 600
        eventually(lambda: case.checkpoint_size() > seq, 5, "a checkpoint over all of it")

    def checkpoint_size(self):
        return int((self.server.data / "checkpoint").read_text().split("\n")[1])

    @property
    def data(self):
        return self.server.data

    def good(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.startswith("good: "), result.stdout)
        return result.stdout

    def bad(self, result, *words):
        self.assertEqual(result.returncode, INTEGRITY, result.stdout + result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)

    def answer_of_200(self, path):
        """What the server says once a checkpoint covers it."""

        def found():
            answer = self.root.get(path)
            self.assertIn(answer.status, (200, 202), answer)
            return answer if answer.status == 200 else None

        return eventually(found, 10, path)


class Verify(AuditCase):
    def test_a_ledger_verifies_while_it_is_served_and_when_it_is_not(self):
        self.good(run_program("audit", "verify", "--data", self.data))
        self.server.stop()
        before = contents(self.data)
        text = self.good(run_program("audit", "verify", "--data", self.data))
        self.assertEqual(contents(self.data), before)
        size = int((self.data / "checkpoint").read_text().splitlines()[1])
        self.assertIn(f"{size:,} events", text)
        self.good(run_program("audit", "verify", "--data", self.data, "--key", self.vkey))
        self.server.start()
        self.connect()

    def test_a_checkpoint_that_was_kept_shows_what_came_before(self):
        kept = self.server.directory / "kept"
        shutil.copy(self.data / "checkpoint", kept)
        self.key(self.home)
        self.good(run_program("audit", "verify", "--data", self.data, "--checkpoint", kept))

    def test_another_key_than_the_one_that_signed_is_noticed(self):
        name, _, _ = self.vkey.split("+", 2)
        raw = b"\1" + bytes(range(32))
        key_id = verifier.sha(name.encode(), b"\n", raw)[:4].hex()
        other = f"{name}+{key_id}+{base64.b64encode(raw).decode()}"
        self.bad(run_program("audit", "verify", "--data", self.data, "--key", other), "checkpoint")

    def test_what_makes_no_sense_is_said(self):
        for arguments, code in (
            ((), USAGE),
            (("--data", self.data, "--file", "x"), USAGE),
            (("--data", self.data, "--key", "nonsense"), USAGE),
            (("--data", self.server.directory / "nothing"), NOT_FOUND),
            (("--file", self.server.directory / "nothing"), NOT_FOUND),
        ):
            with self.subTest(arguments=arguments):
                result = run_program("audit", "verify", *arguments)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertNotEqual(result.stderr, "")


class Receipts(AuditCase):
    def test_a_receipt_is_verified_by_both_programs_with_the_key_alone(self):
        seq = self.used.document["seq"]
        receipt = self.server.directory / f"{seq}.tlog-proof"
        receipt.write_bytes(self.answer_of_200(f"/v1/ledger/receipts/{seq}").body)
        program = ("audit", "verify-receipt", "--key", self.vkey)
        self.assertIn(f"event {seq} ", self.good(run_program(*program, receipt)))
        self.good(run_script("--key", self.vkey, receipt))
        self.good(run_script("--key", self.vkey, receipt, hide_cryptography=True))
        text = receipt.read_text()
        signature = text.rstrip("\n").split(" ")[-1]
        raw = bytearray(base64.b64decode(signature))
        raw[40] ^= 1
        forged = text.replace(signature, base64.b64encode(raw).decode())
        for changed in (text.replace(f"index {seq}\n", f"index {seq + 1}\n"),
                        text.replace("extra S0wAAQ", "extra S0wAAR"), forged, text[:-20], ""):
            receipt.write_text(changed)
            self.bad(run_program(*program, receipt))
            self.bad(run_script("--key", self.vkey, receipt))
            self.bad(run_script("--key", self.vkey, receipt, hide_cryptography=True))

    def test_the_command_wants_a_key_and_a_file(self):
        for arguments in (("x",), ("--key", self.vkey), ("--key", self.vkey, "x", "y")):
            result = run_program("audit", "verify-receipt", *arguments)
            self.assertEqual(result.returncode, USAGE, result.stderr)


class Exports(AuditCase):
    def setUp(self):
        self.to = self.server.directory / f"export-{self.id()}"

    def export(self):
        result = run_program("audit", "export", "--data", self.data, "--format", "tiles", "--to", self.to)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_an_export_is_checked_by_both_programs(self):
        self.export()
        size = json.loads((self.to / "manifest.json").read_text())["size"]
        self.assertIn(f"{size:,} events", self.good(run_program("audit", "verify", "--file", self.to)))
        self.good(run_program("audit", "verify", "--file", self.to, "--key", self.vkey))
        self.assertIn(f"{size} events", self.good(run_script(self.to)))
        self.good(run_script(self.to, hide_cryptography=True))

    def test_an_export_is_what_the_server_gives_as_tiles(self):
        self.export()
        for path in ("tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"):
            self.assertEqual((self.to / path).read_bytes(), self.root.get("/" + path).body)

    def test_an_export_is_not_written_over_anything(self):
        self.to.mkdir()
        result = run_program("audit", "export", "--data", self.data, "--format", "tiles", "--to", self.to)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(list(self.to.iterdir()), [])

    def test_a_changed_byte_in_any_file_of_an_export_is_found(self):
        self.export()
        for path in sorted(p for p in self.to.rglob("*") if p.is_file()):
            name = str(path.relative_to(self.to))
            if name == "manifest.json":
                continue
            good = path.read_bytes()
            for at in {0, len(good) // 2, len(good) - 1}:
                with self.subTest(file=name, byte=at):
                    changed = bytearray(good)
                    changed[at] ^= 1
                    path.write_bytes(changed)
                    self.bad(run_program("audit", "verify", "--file", self.to))
                    if not name.startswith("tile/") or name.startswith("tile/entries"):
                        self.bad(run_script(self.to))
            path.write_bytes(good[: len(good) // 2])
            self.bad(run_program("audit", "verify", "--file", self.to))
            path.write_bytes(good)
        self.good(run_script(self.to))

    def test_events_that_were_left_out_put_in_or_exchanged_are_found(self):
        self.export()
        path = self.to / "tile/entries/000"
        bundle, entries, at = path.read_bytes(), [], 0
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            entries.append(bundle[at:end])
            at = end
        for changed in (entries[:7] + entries[8:], entries + entries[-1:],
                        entries[:7] + [entries[8], entries[7]] + entries[9:]):
            path.write_bytes(b"".join(changed))
            self.bad(run_program("audit", "verify", "--file", self.to))
            self.bad(run_script(self.to))


class KeyProofs(AuditCase):
    def bundle(self, key_id, query=""):
        return self.answer_of_200(f"/v1/keys/{key_id}/events?proof=true{query}").json

    def kept(self, bundle):
        path = self.server.directory / "bundle.json"
        path.write_text(json.dumps(bundle))
        return path

    def good_bundle(self, bundle):
        path = self.kept(bundle)
        self.good(run_program("audit", "verify", "--file", path, "--key", self.vkey))
        return self.good(run_script("--key", self.vkey, path))

    def bad_bundle(self, bundle):
        path = self.kept(bundle)
        self.bad(run_program("audit", "verify", "--file", path, "--key", self.vkey))
        self.bad(run_script("--key", self.vkey, path))

    def sealed_until(self, seq, key_id, query=""):
        """A bundle whose seal speaks of that event."""

        def found():
            bundle = self.bundle(key_id, query)
            return bundle if bundle["seal"]["atSeq"] >= seq else None

        return eventually(found, 10, "a seal over the event")

    def test_a_keys_whole_history_is_proved_with_its_uses_and_without(self):
        newest = self.history(self.used.id)[-1]["seq"]
        bundle = self.sealed_until(newest, self.used.id)
        self.assertEqual(len(bundle["items"]), 2)
        self.assertIn("2 events, and no other", self.good_bundle(bundle))
        with_uses = self.sealed_until(newest, self.used.id, "&uses=true")
        self.assertGreater(len(with_uses["items"]), 2)
        self.good_bundle(with_uses)

    def test_a_history_with_an_event_left_out_is_not_whole(self):
        newest = self.history(self.used.id)[-1]["seq"]
        bundle = self.sealed_until(newest, self.used.id, "&uses=true")
        for left_out in range(len(bundle["items"])):
            with self.subTest(left_out=left_out):
                items = bundle["items"][:left_out] + bundle["items"][left_out + 1 :]
                self.bad_bundle(bundle | {"items": items})
        self.bad_bundle(bundle | {"items": bundle["items"] + bundle["items"][-1:]})
        self.bad_bundle(bundle | {"items": []})

    def test_a_bundle_with_another_head_or_of_another_key_proves_nothing(self):
        newest = self.history(self.used.id)[-1]["seq"]
        bundle = self.sealed_until(newest, self.used.id)
        for field in ("revision", "lastSeq", "total", "position"):
            head = dict(bundle["seal"]["heads"][0])
            head[field] += 1
            self.bad_bundle(bundle | {"seal": bundle["seal"] | {"heads": [head]}})
        self.bad_bundle(bundle | {"seal": bundle["seal"] | {"heads": []}})
        other = self.key(self.home)
        self.bad_bundle(bundle | {"keyId": other.id})
        first = bundle["items"][0]
        as_seal = bundle["seal"] | {"seq": first["seq"], "entry": first["entry"],
                                    "hashes": first["hashes"]}
        self.bad_bundle(bundle | {"seal": as_seal})

    def test_that_there_is_no_such_key_is_proved(self):
        for key_id in ("key_00000000000000000000000000", "key_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                       self.used.id[:-4] + ("0000" if self.used.id[-4:] != "0000" else "0001")):
            with self.subTest(key=key_id):
                bundle = self.bundle(key_id)
                self.assertEqual(bundle["items"], [])
                self.assertIn("no such key", self.good_bundle(bundle))
                self.bad_bundle(bundle | {"keyId": bundle["seal"]["heads"][0]["keyId"]})
                if len(bundle["seal"]["heads"]) == 2:
                    for one in bundle["seal"]["heads"]:
                        self.bad_bundle(bundle | {"seal": bundle["seal"] | {"heads": [one]}})

    def test_a_later_event_makes_a_later_seal(self):
        key = self.key(self.home)
        self.sealed_until(key.document["seq"], key.id)
        revoked = self.act(key.id, "revoke")["seq"]
        bundle = self.sealed_until(revoked, key.id)
        self.assertEqual(bundle["seal"]["heads"][0]["revision"], 2)
        self.good_bundle(bundle)

    def test_a_seal_is_made_at_a_start_too(self):
        self.restart()
        bundle = self.bundle(self.used.id)
        self.good_bundle(bundle)
        newest = self.root.get("/v1/events?type=StreamHeadsSealed&limit=1000").json["items"][-1]
        self.assertGreaterEqual(newest["seq"], bundle["seal"]["seq"])
        self.assertEqual(newest["data"]["keys"], bundle["seal"]["keys"])

    def test_who_may_not_read_the_events_is_refused(self):
        path = f"/v1/keys/{self.used.id}/events?proof=true"
        self.problem(self.anonymous.get(path), 401)
        bound = self.server.client(
            self.admin(["events:read"], resource={"kind": "workspace", "id": self.home}).token
        )
        self.assertIn(bound.get(path).status, (200, 202))
        self.problem(bound.get(path + "&uses=true"), 403, "forbidden")
        self.problem(bound.get("/v1/keys/key_00000000000000000000000000/events?proof=true"), 404)
        self.problem(self.root.get(path + "&limit=3"), 400, "invalid_request")
        self.problem(self.root.get(f"/v1/keys/{self.used.id}/events?proof=maybe"), 400)
        self.problem(self.root.get("/v1/keys/nonsense/events?proof=true"), 404, "not_found")


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
