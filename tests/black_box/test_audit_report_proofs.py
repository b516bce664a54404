"""What a report (`keyledger audit report`) proves, and in which forms it comes."""

import base64
import csv
import hashlib
import io
import json
import os
import stat

from auditor import INTEGRITY
from harness import eventually, run_program
from reports import ALL, ReportCase
from terminal import CONFLICT, ERROR, NOT_FOUND, SUCCESS, UNAVAILABLE


class Proofs(ReportCase):
    def test_the_history_of_a_key_is_held_to_its_proof(self):
        home = self.workspace()
        key = self.key(home, owner="ada")
        self.verify(key.token)
        eventually(lambda: self.outcomes(key)["valid"])
        self.act(key.id, "revoke", {"reason": "over"})
        vkey = self.anonymous.get("/v1/ledger/key").body.decode().strip()
        newest = self.history(key.id)[-1]["seq"]

        def whole():
            result = run_program("audit", "report", "key", key.id, "--key", vkey,
                                 environment=self.environment())
            self.assertIn(result.returncode, (SUCCESS, UNAVAILABLE), result.stderr)
            document = json.loads(result.stdout) if result.returncode == SUCCESS else None
            until = document["report"]["proof"]["wholeUntil"] if document else -1
            return document if until >= newest else None

        document = eventually(whole, 10)
        self.assertEqual([i["type"] for i in document["items"]],
                         ["KeyCreated", "KeysUsed", "KeyRevoked"])
        self.assertEqual({i["proved"] for i in document["items"]}, {True})
        self.assertEqual(document["items"][0]["data"]["owner"], "ada")
        self.assertEqual(document["items"][-1]["reason"], "over")
        proof = document["report"]["proof"]
        self.assertEqual((proof["keyId"], proof["withUses"]), (key.id, True))
        directory = self.directory()
        self.cli("audit", "report", "key", key.id, "--to", directory)
        checked = run_program("audit", "verify", "--file", directory / "proof.json", "--key", vkey)
        self.assertEqual(checked.returncode, SUCCESS, checked.stderr)
        nobody = "key_00000000000000000000000000"
        said = self.cli("audit", "report", "key", nobody, status=NOT_FOUND).stderr
        self.assertIn("it is proved that there was no such key", said)
        self.cli("audit", "report", "key", "nonsense", status=NOT_FOUND)

    def test_integrity_has_a_line_for_each_check(self):
        vkey = self.anonymous.get("/v1/ledger/key").body.decode().strip()
        kept = self.directory()
        kept.write_bytes(self.anonymous.get("/checkpoint").body)
        size = int(kept.read_text().split("\n")[1])
        self.key(self.workspace())
        items = self.items("integrity", "--key", vkey, "--checkpoint", kept)
        results = {item["check"].split()[0]: item["result"] for item in items}
        self.assertEqual(results, {"key": "good", "checkpoint": "good", "signature": "good",
                                   "event": "good", "consistency": "good"})
        self.assertIn(f"size {size},", items[-1]["detail"])
        unheld = {item["check"]: item["result"] for item in self.items("integrity")}
        self.assertEqual(unheld["key of the log"], "not checked")
        self.assertEqual(unheld["consistency"], "not checked")

    def test_what_does_not_hold_ends_with_6(self):
        other = self.directory()
        other.mkdir()
        made = run_program("init", "--data", other / "ledger", "--origin",
                           self.anonymous.get("/v1/ledger/key").body.decode().split("+")[0])
        self.assertEqual(made.returncode, SUCCESS, made.stderr)
        foreign = (other / "ledger" / "checkpoint").read_bytes()
        (other / "kept").write_bytes(foreign)
        result = self.cli("audit", "report", "integrity", "--checkpoint", other / "kept",
                          status=INTEGRITY)
        document = json.loads(result.stdout)
        self.assertEqual(document["items"][-1]["result"], "bad")
        # A key of that name that has signed nothing.
        origin, key = foreign.decode().split("\n")[0], b"\1" + bytes(32)
        key_id = hashlib.sha256(origin.encode() + b"\n" + key).hexdigest()[:8]
        vkey = f"{origin}+{key_id}+{base64.b64encode(key).decode()}"
        refused = self.cli("audit", "report", "inventory", "--key", vkey, status=INTEGRITY)
        self.assertEqual(refused.stdout, "")
        self.assertIn("not signed by a key that was given", refused.stderr)

    def test_a_server_that_shows_another_history_than_it_proves_is_found(self):
        key = self.key(self.workspace(), owner="ada", scopes=["a:b"])
        self.act(key.id, "suspend", {"reason": "why"})
        newest = self.history(key.id)[-1]["seq"]

        def proof():
            answer = self.root.get(f"/v1/keys/{key.id}/events?proof=true&uses=true")
            return answer.status == 200 and answer.json["seal"]["atSeq"] >= newest and answer

        proved = eventually(proof, 10)
        me, vkey = self.root.get("/v1/me"), self.anonymous.get("/v1/ledger/key")
        event = self.root.get(f"/v1/ledger/entries/{newest}",
                              headers={"Accept": "application/json"})
        page = self.root.get(f"/v1/keys/{key.id}/events?uses=true").json

        def shown(items):
            answers = [(200, {"X-Ledger-Seq": str(newest)}, me.json), (200, {}, vkey.body.decode()),
                       (200, {}, event.json), (200, {}, proved.json["checkpoint"]),
                       (200, {}, proved.json), (200, {}, {"items": items, "nextCursor": None})]
            return self.ask_stand_in(answers, "key", key.id)

        items = page["items"]
        good = shown(items)
        self.assertEqual(good.returncode, SUCCESS, good.stderr)
        self.assertEqual([i["proved"] for i in json.loads(good.stdout)["items"]], [True, True])
        hidden = shown(items[:1])
        self.assertEqual(hidden.returncode, INTEGRITY)
        self.assertIn("the server does not show it", hidden.stderr)
        changed = json.loads(json.dumps(items))
        changed[0]["data"]["scopes"] = ["a:c"]
        other = shown(changed)
        self.assertEqual(other.returncode, INTEGRITY)
        self.assertEqual([i["proved"] for i in json.loads(other.stdout)["items"]], [False, True])
        self.assertIn(f"event {items[0]['seq']} is not what the server shows", other.stderr)
        invented = shown(items + [dict(items[1], seq=newest - 1)])
        self.assertEqual(invented.returncode, INTEGRITY)

    def test_a_report_that_is_cut_is_an_error_and_has_no_count(self):
        me, vkey = self.root.get("/v1/me"), self.anonymous.get("/v1/ledger/key")
        seq = int(me.header("X-Ledger-Seq"))
        event = self.root.get(f"/v1/ledger/entries/{seq}", headers={"Accept": "application/json"})
        eventually(lambda: self.checkpoint_size() > seq, 5)
        note = self.anonymous.get("/checkpoint").body.decode()
        page = {"items": [{"seq": 1, "data": {"route": "/v1/events"}}], "nextCursor": "more"}
        for last, said in (((500, {}, "{}"), "500"), ((200, {}, page), "no end")):
            with self.subTest(said):
                answers = [(200, {"X-Ledger-Seq": str(seq)}, me.json),
                           (200, {}, vkey.body.decode()), (200, {}, event.json), (200, {}, note),
                           (200, {}, page), last]
                result = self.ask_stand_in(answers, "access-log", "-o", "ndjson")
                self.assertEqual(result.returncode, ERROR, result.stderr)
                self.assertIn(said, result.stderr)
                self.assertNotIn('{"count"', result.stdout)


class Forms(ReportCase):
    def test_csv_has_no_formulas_and_as_many_cells_in_each_record(self):
        home = self.workspace()
        hostile = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "a, \"b\"", "ñandú; x"]
        keys = [self.key(home, name=name, owner=name) for name in hostile]
        out = run_program("audit", "report", "inventory", "--workspace", home, "-o", "csv",
                          environment=self.environment())
        self.assertEqual(out.returncode, SUCCESS, out.stderr)
        records = list(csv.reader(io.StringIO(out.stdout, newline="")))
        self.assertEqual(len({len(record) for record in records}), 1)
        head = {r[0]: r[1] for r in records if r[0].startswith("# ")}
        self.assertEqual((head["# name"], head["# count"]), ("inventory", str(len(keys))))
        self.assertEqual(head["# filters.workspace"], home)
        rows = [r for r in records if not r[0].startswith("# ")]
        found = {row[0]: dict(zip(rows[0], row)) for row in rows[1:]}
        for key, name in zip(keys, hostile, strict=True):
            expected = "'" + name if name[0] in "=+-@" else name
            self.assertEqual(found[key.id]["name"], expected)
            self.assertEqual(found[key.id]["owner"], expected)

    def test_lines_and_a_table_say_the_same(self):
        home = self.workspace()
        key = self.key(home, name="turned \u202e name", owner="ada")
        out = self.cli("audit", "report", "inventory", "--workspace", home, "-o", "ndjson").stdout
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(lines[0]["report"]["name"], "inventory")
        self.assertEqual([lines[1]["id"], lines[2]], [key.id, {"count": 1}])
        status, shown = self.on_terminal("audit", "report", "inventory", "--workspace", home,
                                         columns=400)
        self.assertEqual(status, SUCCESS)
        self.assertIn(key.id, shown)
        self.assertIn("1 item\n", shown)
        self.assertIn("turned \\u202e name", shown)

    def test_all_makes_a_directory_of_files_that_its_index_names(self):
        home = self.workspace()
        key = self.key(home, owner="ada")
        self.act(key.id, "revoke")
        for form, extension in (("json", "json"), ("csv", "csv"), ("table", "txt")):
            with self.subTest(form):
                directory = self.directory()
                self.cli("audit", "report", "all", "--to", directory, "-o", form)
                self.assertEqual(stat.S_IMODE(os.stat(directory).st_mode), 0o700)
                index = json.loads((directory / "index.json").read_text())
                expected = [f"{name}.{extension}" for name in ALL] + ["checkpoint", "key"]
                self.assertEqual([entry["file"] for entry in index["files"]], expected)
                for entry in index["files"]:
                    content = (directory / entry["file"]).read_bytes()
                    self.assertEqual(entry["sha256"], hashlib.sha256(content).hexdigest())
                    self.assertEqual(entry["bytes"], len(content))
                    self.assertEqual(
                        stat.S_IMODE(os.stat(directory / entry["file"]).st_mode), 0o600)
                sums = dict(reversed(line.split("  ")) for line in
                            (directory / "SHA256SUMS").read_text().splitlines())
                self.assertEqual(sums, {e["file"]: e["sha256"] for e in index["files"]})
                self.cli("audit", "report", "all", "--to", directory, status=CONFLICT)
                if form != "json":
                    continue
                heads = [json.loads((directory / name).read_text())["report"]
                         for name in expected[:len(ALL)]]
                self.assertEqual({head["asOf"]["seq"] for head in heads},
                                 {index["report"]["asOf"]["seq"]})
                self.assertEqual({json.dumps(head["checkpoint"]) for head in heads},
                                 {json.dumps(index["report"]["checkpoint"])})

    def test_what_can_not_be_written_is_an_error(self):
        missing = self.directory() / "below" / "nothing"
        self.cli("audit", "report", "all", "--to", missing, status=ERROR)

    def test_help_names_every_report(self):
        text = self.cli("help", "audit", "report").stdout
        for name in ALL + ["all", "key"]:
            self.assertIn(f"\n  {name} ", text)
