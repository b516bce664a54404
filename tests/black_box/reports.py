"""What the tests of `keyledger audit report` share."""

import json
import pathlib
import tempfile

from harness import run_program
from stand_in import StandInCase
from terminal import TerminalCase

ALL = ["inventory", "dormant", "over-age", "no-expiry", "privileged", "revocations", "access-log",
       "integrity"]


class ReportCase(TerminalCase):
    config = 'seal_interval = "200ms"\n'

    def report(self, name, *arguments, **named):
        """One report as JSON: its head and its items."""
        document = json.loads(self.cli("audit", "report", name, *arguments, **named).stdout)
        self.assertEqual(document["count"], len(document["items"]))
        self.assertEqual(document["report"]["name"], name)
        return document["report"], document["items"]

    def items(self, name, *arguments, **named):
        return self.report(name, *arguments, **named)[1]

    def by_id(self, name, *arguments, **named):
        return {item["id"]: item for item in self.items(name, *arguments, **named)}

    def outcomes(self, key):
        return self.usage(key.id)

    def checkpoint_size(self):
        return int(self.anonymous.get("/checkpoint").body.decode().split("\n")[1])

    def ask_stand_in(self, answers, *arguments):
        """One report of a server that gives these answers, one after the other."""
        stand_in = StandInCase()
        self.addCleanup(stand_in.doCleanups)
        stand_in.serve(*answers)
        return run_program("audit", "report", *arguments, environment=stand_in.environment)

    def directory(self):
        made = tempfile.TemporaryDirectory(prefix="keyledger-report-")
        self.addCleanup(made.cleanup)
        return pathlib.Path(made.name) / "reports"
