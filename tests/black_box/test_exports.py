"""keyledger audit verify --file: whose export it is, from when, and that it is whole."""

import json
import os
import shutil

from auditor import AuditCase
from harness import run_program

import verify_export as verifier

ERROR, USAGE = 1, 2


class Exports(AuditCase):
    def setUp(self):
        self.to = self.server.directory / f"export-{self.id()}"

    def export(self):
        result = run_program("audit", "export", "--data", self.data, "--format", "tiles", "--to",
                             self.to)
        self.assertEqual(result.returncode, 0, result.stderr)

    def judged(self, *more):
        return run_program("audit", "verify", "--file", self.to, *more)

    def test_the_key_that_signed_is_named_and_whose_word_it_is(self):
        self.export()
        origin, key_id, _ = self.vkey.split("+", 2)
        own = self.good(self.judged())
        self.assertIn(f"signed by {origin} with its key {key_id}, a key that lies in the export",
                      own)
        given = self.good(self.judged("--key", self.vkey))
        self.assertIn(f"signed by {origin} with its key {key_id}, which was given", given)

    def test_it_goes_on_from_a_checkpoint_that_was_kept(self):
        kept, later = self.server.directory / "kept", self.server.directory / "later"
        shutil.copy(self.data / "checkpoint", kept)
        self.export()
        self.good(self.judged("--key", self.vkey, "--checkpoint", kept))
        self.key(self.home)
        self.server.restart()
        self.connect()
        shutil.copy(self.data / "checkpoint", later)
        self.bad(self.judged("--key", self.vkey, "--checkpoint", later), "is missing")
        later.write_text("junk\n")
        self.bad(self.judged("--checkpoint", later), str(later))
        note = kept.read_text()
        size = note.split("\n")[1]
        later.write_text(note.replace(f"\n{size}\n", f"\n{int(size) - 1}\n"))
        self.bad(self.judged("--checkpoint", later))
        missing = self.judged("--checkpoint", self.server.directory / "nowhere")
        self.assertEqual((missing.returncode, missing.stdout), (ERROR, ""))
        self.assertIn("nowhere", missing.stderr)

    def test_a_checkpoint_says_nothing_of_a_receipt(self):
        seq = self.used.document["seq"]
        receipt = self.server.directory / "a.tlog-proof"
        receipt.write_bytes(self.answer_of_200(f"/v1/ledger/receipts/{seq}").body)
        arguments = ("audit", "verify", "--file", receipt, "--key", self.vkey)
        self.good(run_program(*arguments))
        result = run_program(*arguments, "--checkpoint", self.data / "checkpoint")
        self.assertEqual(result.returncode, USAGE, result.stderr)
        receipt.write_text(receipt.read_text() + "x" * 600_000)
        self.bad(run_program("audit", "verify-receipt", "--key", self.vkey, receipt))

    def test_a_kept_checkpoint_by_an_older_key_is_known_by_the_rotations(self):
        kept = self.server.directory / "kept-old"
        shutil.copy(self.data / "checkpoint", kept)
        self.server.stop()
        rotated = run_program("audit", "rotate-key", "--data", self.data, "--overlap", "0s")
        self.assertEqual(rotated.returncode, 0, rotated.stderr)
        self.server.start()
        self.connect()
        old, new = self.vkey, rotated.stdout.strip()
        type(self).vkey = new
        self.key(self.home)
        self.server.restart()
        self.connect()
        self.export()
        self.good(self.judged("--key", new, "--checkpoint", kept))
        self.good(self.judged("--key", new, "--key", old, "--checkpoint", kept))
        self.bad(self.judged("--key", old, "--checkpoint", kept), "known key")
        verifier.open_checkpoint((self.to / "checkpoint").read_text(), [new])

    def test_files_beside_the_tiles_that_lie_or_are_missing_are_found(self):
        self.export()
        manifest, key = self.to / "manifest.json", self.to / "key"
        good = manifest.read_text()
        for lie in ({"size": 3}, {"origin": "other"}, {"root": "AAAA"}, {"format": "x"}):
            manifest.write_text(json.dumps(json.loads(good) | lie))
            self.bad(self.judged(), "manifest.json")
        manifest.unlink()
        self.bad(self.judged(), "unfinished")
        manifest.write_text(good)
        lines = key.read_text()
        for junk in ("junk\n" + lines, lines + "\n", lines.replace("\n", "\r\n"), lines[:-1], ""):
            key.write_text(junk)
            self.bad(self.judged())
        key.write_text(lines)
        self.good(self.judged())

    def test_what_is_no_file_or_too_long_is_named_and_not_waited_for(self):
        self.export()
        for name in ("checkpoint", "key", "manifest.json", "tile/entries/000", "tile/0/000"):
            path = self.to / name
            good = path.read_bytes()
            path.unlink()
            os.mkfifo(path)
            self.bad(self.judged(), name)
            path.unlink()
            with open(path, "wb") as file:
                file.truncate(1 << 40)
            self.bad(self.judged(), name)
            path.write_bytes(good)
        self.good(self.judged())
