"""What the tests of an auditor's work share: a ledger with a history, and its verdicts."""

import os
import pathlib
import subprocess
import sys

from cases import LedgerCase
from harness import ROOT, eventually

sys.path.insert(0, str(ROOT / "tools"))

INTEGRITY = 6
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
                    f"sys.argv = sys.argv[1:]; sys.path.insert(0, {str(SCRIPT.parent)!r}); "
                    f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"]
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
