"""keyledger audit verify, verify-receipt and export --format tiles, and the script beside them."""

import base64
import json
import shutil

from auditor import AuditCase, contents, run_script
from harness import run_program

import verify_export as verifier

USAGE, NOT_FOUND = 2, 3


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
