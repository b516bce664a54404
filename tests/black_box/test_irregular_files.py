"""Pipes and devices among a ledger's files: each is named, and nobody waits for what it holds."""

import os
import shutil

from cases import LedgerCase
from harness import run_program

INTEGRITY, SECONDS = 6, 10


class IrregularFiles(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_an_export_with_one_is_refused")
        case.key(case.workspace())
        cls.server.stop()

    def setUp(self):
        self.copy = self.server.directory / self.id().rsplit(".", 1)[1]
        shutil.copytree(self.server.data, self.copy)

    def refused(self, path, *arguments):
        result = run_program(*arguments, timeout=SECONDS)
        said = result.stderr + result.stdout
        self.assertEqual(result.returncode, INTEGRITY, said)
        self.assertIn(f"{path} is no regular file", said)

    def test_a_ledger_with_one_is_refused_by_all_that_read_it(self):
        export = self.copy / "export"
        for name, make in (
            ("ledger/000777.log", os.mkfifo),
            ("ledger/000778.sst", lambda path: path.symlink_to("/dev/zero")),
            ("ledger/LOCK", os.mkfifo),
            ("ledger/CURRENT", lambda path: path.symlink_to("/dev/tty")),
            ("checkpoint", os.mkfifo),
            ("log.key", lambda path: path.symlink_to("/dev/random")),
        ):
            path = self.copy / name
            kept = path.rename(self.copy / "kept") if path.exists() else None
            make(path)
            for arguments in (
                ["audit", "verify"], ["audit", "replay"], ["audit", "export"],
                ["audit", "export", "--format", "tiles", "--to", export], ["audit", "rotate-key"],
                ["init", "--recover"], ["serve", "--listen", "127.0.0.1:0"],
            ):
                with self.subTest(name, command=arguments[:2]):
                    self.refused(path, *arguments, "--data", self.copy)
            path.unlink()
            if kept:
                kept.rename(path)
        self.assertFalse(export.exists())
        good = run_program("audit", "verify", "--data", self.copy)
        self.assertEqual(good.returncode, 0, good.stderr)

    def test_a_link_to_a_file_is_a_file(self):
        moved = (self.copy / "checkpoint").rename(self.copy / "elsewhere")
        (self.copy / "checkpoint").symlink_to(moved)
        good = run_program("audit", "verify", "--data", self.copy)
        self.assertEqual(good.returncode, 0, good.stderr)

    def test_an_export_with_one_is_refused(self):
        export = self.copy / "export"
        made = run_program("audit", "export", "--data", self.copy, "--format", "tiles", "--to", export)
        self.assertEqual(made.returncode, 0, made.stderr)
        path = export / "tile" / "pipe"
        os.mkfifo(path)
        self.refused(path, "audit", "verify", "--file", export)
        path.unlink()
        good = run_program("audit", "verify", "--file", export)
        self.assertEqual(good.returncode, 0, good.stderr)
