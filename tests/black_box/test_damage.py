"""Every file of a ledger, damaged in every way: `audit verify` finds it, and `serve` never hides it.

What found what stands in build/damage-matrix.md after a run.
"""

import pathlib
import shutil

from cases import LedgerCase
from harness import READY_LINE, ROOT, START_SECONDS, run_program
from write_ahead_log import record_starts

INTEGRITY = 6
# What RocksDB writes for people, or makes anew at each start: nothing is read from it.
WITHOUT_FACTS = ("IDENTITY", "LOCK", "LOG", "OPTIONS")


def kind_of(name):
    """What the matrix calls a file: those that are alike are one row."""
    base = pathlib.Path(name).name
    if base.endswith(".log (empty)"):
        return "*.log (write-ahead log), empty"
    for suffix, kind in ((".sst", "*.sst"), (".log", "*.log (write-ahead log)")):
        if base.endswith(suffix) and base != "log.key":
            return kind
    return base.split("-")[0].split(".")[0] if base != "log.key" else base


class Damage(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("make_history")
        case.make_history()
        cls.server.stop()
        cls.older = cls.server.directory / "older"
        shutil.copytree(cls.server.data, cls.older)
        cls.server.start()
        cls.connect()
        case.make_history()
        cls.server.restart()
        cls.connect()
        case.make_history()
        cls.server.stop()
        cls.good = cls.server.directory / "good"
        shutil.copytree(cls.server.data, cls.good)
        cls.rows = {}

    @classmethod
    def tearDownClass(cls):
        cls.write_matrix()

    @classmethod
    def write_matrix(cls):
        lines = ["| file | damage | audit verify | serve |", "|---|---|---|---|"]
        for (kind, damage), found in sorted(cls.rows.items()):
            verdicts = " | ".join("; ".join(sorted(column)) for column in zip(*found))
            lines.append(f"| {kind} | {damage} | {verdicts} |")
        path = ROOT / "build" / "damage-matrix.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(lines) + "\n")

    def make_history(self):
        home = self.workspace()
        for _ in range(5):
            key = self.key(home)
            self.verify(key.token)
            self.act(key.id, "revoke")
        items = [{"digest": "sha256:" + home.encode().hex().ljust(64, "0")[:60] + f"{i:04x}",
                  "name": f"import {i}", "environment": "live", "scopes": []} for i in range(300)]
        made = self.root.post(f"/v1/workspaces/{home}/keys:import", {"items": items})
        self.assertEqual(made.status, 201, made)

    def restore(self):
        shutil.rmtree(self.server.data, ignore_errors=True)
        shutil.copytree(self.good, self.server.data)

    def damages(self, name):
        """Pairs of a damage's name and the bytes that it leaves; None: the file is gone."""
        data = (self.good / name).read_bytes()
        older = self.older / name
        if data:
            for part, at in (("begin", 0), ("middle", len(data) // 2), ("end", len(data) - 2)):
                changed = bytearray(data)
                changed[at] ^= 1
                yield f"a byte flipped ({part})", bytes(changed)
            yield "cut in the middle", data[: len(data) // 2]
        if name.endswith(".log") and (starts := record_starts(data)):
            yield "cut where a record begins", data[: starts[len(starts) // 2]]
        yield "deleted", None
        if older.exists() and older.read_bytes() != data:
            yield "an older copy", older.read_bytes()

    def verify_ledger(self, *more):
        """What `audit verify` says: nothing if all is good."""
        before = {path: path.read_bytes() for path in self.server.data.rglob("*") if path.is_file()}
        result = run_program("audit", "verify", "--data", self.server.data, *more)
        after = {path: path.read_bytes() for path in self.server.data.rglob("*") if path.is_file()}
        self.assertEqual(after, before, "audit verify changed something")
        if result.returncode == 0:
            return None
        self.assertIn(result.returncode, (3, INTEGRITY), result.stderr)
        return result.stderr.strip()

    def serve_ledger(self, checkpoint_copy=None):
        """`refuses`, `quarantine` or `serves`, and what the log says."""
        mark = self.server.log_size()
        copy = {"KEYLEDGER_CHECKPOINT_COPY": str(checkpoint_copy)} if checkpoint_copy else {}
        self.server.spawn(environment=copy)
        ready = self.server.child.wait_for_line(READY_LINE, START_SECONDS)
        if not ready:
            self.assertEqual(self.server.child.wait(), INTEGRITY, self.server.log_tail(mark))
            return "refuses", self.server.log_tail(mark)
        self.server.host, self.server.port = ready.group(1), int(ready.group(2))
        self.connect()
        answer = self.root.get("/readyz")
        if answer.status == 200:
            self.server.stop()
            return "serves", self.server.log_tail(mark)
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.header("X-Ledger-Quarantine"))
        self.assertIn("keyledger_quarantined 1", self.root.get("/metrics").body.decode())
        written = self.root.post("/v1/workspaces", {"slug": "new-one", "name": "N", "prefix": "nn",
                                                    "environments": [{"name": "l", "tag": "l"}]})
        self.assertEqual(written.status, 503, written)
        self.assertEqual(self.root.get("/v1/workspaces").status, 200)
        self.server.stop()
        return "quarantine", self.server.log_tail(mark)

    def note(self, name, damage, found, served):
        kind = kind_of(name)
        self.rows.setdefault((kind, damage), set()).add((found, served))

    def check(self, name, damage):
        said = self.verify_ledger()
        outcome, log = self.serve_ledger()
        is_empty = (self.good / name).stat().st_size == 0  # such as a write-ahead log just begun
        has_facts = not is_empty and not pathlib.Path(name).name.startswith(WITHOUT_FACTS)
        if outcome == "refuses":
            named = pathlib.Path(name).name in log or name.endswith("CURRENT")
            self.assertTrue(named, f"{damage} of {name} was refused without its name: {log}")
        if said is None:
            found = "good: nothing is read from it"
            self.assertFalse(has_facts, f"{damage} of {name} was not found")
            self.assertEqual(outcome, "serves", log)
        else:
            place = "the event" if "event seq=" in said else "the file"
            named = pathlib.Path(name).name in said
            found = f"6, names {place}" if named or place == "the event" else "6, says what"
            # An older checkpoint takes nothing away: the log goes on from it, and says so.
            allowed = outcome != "serves" or (
                name == "checkpoint" and damage == "an older copy" and "checkpoint_is_odd" in log
            )
            self.assertTrue(allowed, f"{damage} of {name} was served in silence: {log}")
        self.note(f"{name} (empty)" if is_empty else name, damage, found, outcome if outcome != "serves" else "serves, in good order"
                  if said is None else "serves, says it in the log")

    def test_a_ledger_that_nothing_was_done_to_is_good(self):
        self.restore()
        self.assertIsNone(self.verify_ledger())
        self.assertEqual(self.serve_ledger()[0], "serves")

    def test_each_file_damaged_in_each_way_is_found(self):
        names = sorted(str(p.relative_to(self.good)) for p in self.good.rglob("*") if p.is_file())
        self.assertTrue(any(name.endswith(".sst") for name in names))
        self.assertTrue(any(name.endswith(".log") for name in names))
        for name in names:
            for damage, left in self.damages(name):
                with self.subTest(file=name, damage=damage):
                    self.restore()
                    path = self.server.data / name
                    if left is None:
                        path.unlink()
                    else:
                        path.write_bytes(left)
                    self.check(name, damage)

    def test_a_directory_that_is_an_older_copy_is_shown_by_a_kept_checkpoint(self):
        kept = self.server.directory / "kept"
        shutil.copy(self.good / "checkpoint", kept)
        shutil.rmtree(self.server.data, ignore_errors=True)
        shutil.copytree(self.older, self.server.data)
        self.assertIsNone(self.verify_ledger())
        said = self.verify_ledger("--checkpoint", kept)
        self.assertIn("is missing", said)
        outcome, _ = self.serve_ledger(kept)
        self.assertEqual(outcome, "quarantine")
        # In good order the copy is there from the first checkpoint on, and moves on with the ledger.
        self.restore()
        kept.unlink()
        self.assertEqual(self.serve_ledger(kept)[0], "serves")
        self.assertEqual(kept.read_bytes(), (self.server.data / "checkpoint").read_bytes())
        self.assertEqual(self.serve_ledger(kept)[0], "serves")
        kept.write_bytes(b"no checkpoint\n")
        self.assertEqual(self.serve_ledger(kept)[0], "quarantine")
        self.note("the whole directory", "an older copy", "6 with --checkpoint",
                  "quarantine with --checkpoint-copy")

    def test_the_events_of_yesterday_under_the_checkpoint_of_today_are_found(self):
        self.restore()
        shutil.rmtree(self.server.data / "ledger")
        shutil.copytree(self.older / "ledger", self.server.data / "ledger")
        said = self.verify_ledger()
        self.assertIn("is missing", said)
        outcome, _ = self.serve_ledger()
        self.assertEqual(outcome, "quarantine")
        self.note("ledger/", "an older copy", "6, says what", outcome)
