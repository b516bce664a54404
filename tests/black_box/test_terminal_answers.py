"""What the terminal makes of answers that a good server seldom gives: a stand-in gives them."""

import json
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from stand_in import StandInCase
from terminal import (CONFLICT, ERROR, NOT_AUTHORISED, NOT_FOUND, SUCCESS, UNAVAILABLE,
                      on_terminal)

KEY = "key_00000000000000000000000000"
EXPLANATION = {
    "keyId": KEY, "at": "2026-01-02T00:00:00.000Z", "asOf": 40, "code": "insufficient_scope",
    "rules": [
        {"rule": "revoked", "result": "passed", "detail": "not revoked", "event": None},
        {"rule": "insufficient_scope", "result": "failed", "detail": "lacks c:d",
         "event": {"seq": 17, "type": "KeyScoped", "time": "2026-01-01T00:00:00.000Z",
                   "actor": {"kind": "admin_key", "id": KEY, "address": None}, "reason": "less"}},
        {"rule": "rate_limited", "result": "not_reached", "detail": "", "event": None},
    ],
    "decidedBy": "insufficient_scope",
}


class Answers(StandInCase):
    def test_explain_asks_for_what_it_is_given_and_shows_rule_by_rule(self):
        server = self.serve((200, {}, EXPLANATION))
        out = self.cli("explain", KEY, "--scopes", "a:b,c:d", "--resource", "agent/a1", "--environment",
                       "live", "--ip", "192.0.2.7", "--at", "-2h", "--workspace", "acme").stdout
        self.assertEqual(json.loads(out), EXPLANATION)
        method, target, headers, _ = server.asked[0]
        self.assertEqual((method, urlsplit(target).path), ("GET", f"/v1/keys/{KEY}/explanation"))
        self.assertEqual(parse_qs(urlsplit(target).query), {
            "scopes": ["a:b,c:d"], "resource": ["agent/a1"], "environment": ["live"],
            "ip": ["192.0.2.7"], "at": ["-2h"], "workspace": ["acme"]})
        self.assertEqual(headers["Authorization"], "Bearer kl_admin_x")
        table = self.cli("explain", KEY, "-o", "table").stdout
        self.assertIn(": insufficient_scope\n", table)
        self.assertRegex(table, r"(?m)^RULE +RESULT +SEQ +EVENT +TIME +REASON +DETAIL$")
        self.assertRegex(
            table, r"(?m)^insufficient_scope +failed +17 +KeyScoped +2026-\S+ +less +lacks c:d$")

    def test_an_import_counts_what_the_server_says_that_it_made(self):
        lines = json.dumps({"digest": "sha256:" + "0" * 64, "name": "a", "environment": "live"})
        for status, body in ((200, "<html>"), (201, {"items": []}), (204, "")):
            with self.subTest(status=status, body=body):
                self.serve((status, {}, body))
                said = self.cli("keys", "import", "-", "--workspace", "a", status=ERROR,
                                text_in=lines + "\n")
                self.assertIn("not that of an import", said.stderr)

    def test_a_digest_that_stands_twice_in_a_file_costs_no_call_of_its_own(self):
        lines = [{"digest": "sha256:" + digit * 64, "name": "a", "environment": "live"}
                 for digit in "0101120"]
        server = self.serve((201, {}, {"items": [{}, {}, {}]}))
        out = self.cli("keys", "import", "-", "--workspace", "a", "--skip-existing",
                       text_in="".join(json.dumps(line) + "\n" for line in lines)).stdout
        self.assertEqual([json.loads(out)[name] for name in ("keys", "skipped")], [3, 4])
        self.assertEqual([json.loads(asked[3])["items"] for asked in server.asked],
                         [[lines[0], lines[1], lines[5]]])

    def test_explain_says_what_the_ledger_can_not_tell(self):
        rules = [{"rule": "insufficient_scope", "result": "not_asked", "detail": "", "event": None},
                 {"rule": "rate_limited", "result": "not_asked", "detail": "x" * 200, "event": None}]
        answer = EXPLANATION | {"code": "valid", "decidedBy": None, "rules": rules}
        self.serve((200, {}, answer))
        unknown = ": valid, as far as the ledger can tell (rate_limited is not known)\n"
        self.assertIn(unknown, self.cli("explain", KEY, "-o", "table").stdout)
        status, shown = on_terminal(["explain", KEY], self.environment, columns=40)
        self.assertEqual(status, SUCCESS)
        self.assertIn("x" * 200, shown)
        rules[1]["result"] = "passed"
        self.assertIn(": valid\n", self.cli("explain", KEY, "-o", "table").stdout)

    def test_events_say_in_one_cell_what_is_in_them(self):
        def row(outcome, count, first, last):
            return {"keyId": KEY, "outcome": outcome, "count": count,
                    "first": f"2026-01-01T00:00:0{first}.000Z",
                    "last": f"2026-01-01T00:00:0{last}.000Z"}
        events = [{"seq": seq, "type": kind, "data": data} for seq, (kind, data) in enumerate([
            ("KeysUsed", {"node": "1", "boot": "2", "flush": "3", "rows": [
                row("valid", 2, 3, 4), row("revoked", 1, 2, 2), row("valid", 5, 4, 6)]}),
            ("HistoryRead", {"route": "/v1/events", "keyId": None, "workspace": "acme",
                             "filter": "type=KeyRevoked", "count": 3}),
            ("KeyScoped", {"keyId": KEY, "before": {"scopes": ["a:b"]},
                           "after": {"scopes": ["a:b", "c:d"]}}),
            ("KeyRevoked", {"keyId": KEY}),
            ("KeyRotated", {"keyId": KEY, "secretVersion": 2, "hint": None}),
        ])]
        self.serve((200, {}, {"items": events, "nextCursor": None}))
        details = [
            "revoked 1, valid 7; 2026-01-01T00:00:02.000Z to 2026-01-01T00:00:06.000Z",
            "/v1/events acme?type=KeyRevoked, 3 times", "scopes: a:b -> a:b, c:d", "-",
            "secretVersion=2"]
        for arguments in (["keys", "events", KEY], ["events"]):
            status, shown = on_terminal(arguments, self.environment, columns=60)
            self.assertEqual(status, SUCCESS)
            lines = shown.splitlines()
            self.assertTrue(lines[0].endswith("  DETAIL"), lines[0])
            for line, detail in zip(lines[1:], details, strict=True):
                self.assertTrue(line.endswith("  " + detail), line)

    def test_lines_that_come_one_by_one_stand_in_columns(self):
        actors = [{"kind": "system", "id": None}, {"kind": "admin_key", "id": KEY}, None]
        events = [{"seq": 10 ** i, "time": "2026-01-01T00:00:03.000Z", "type": "KeyCreated",
                   "workspace": "ñandú", "actor": actor, "stream": KEY, "reason": "why"}
                  for i, actor in enumerate(actors)]
        self.serve((200, {}, "".join(json.dumps(event) + "\n" for event in events)))
        lines = self.cli("events", "--follow", "--from", "0", "--until", "-1h", "-o",
                         "table").stdout.splitlines()
        self.assertEqual([line.index(KEY, 108) for line in lines], [110] * 3, "\n".join(lines))
        self.assertEqual([line.index("why") for line in lines], [142] * 3, "\n".join(lines))

    def test_an_empty_table_says_none(self):
        self.serve((200, {}, {"items": [], "nextCursor": None}))
        status, shown = on_terminal(["workspaces", "list"], self.environment)
        self.assertEqual((status, shown.splitlines()[0]), (SUCCESS, "none"))
        self.assertEqual(self.cli("workspaces", "list").stderr, "")

    def test_access_follows_its_pages(self):
        item = {"keyId": KEY, "owner": "ada", "scope": "a:*", "sinceSeq": 12}
        server = self.serve((200, {}, {"items": [item], "nextCursor": "next one"}),
                            (200, {}, {"items": [], "nextCursor": "last"}),
                            (200, {}, {"items": [item], "nextCursor": None}), (403, {}, {}))
        out = self.cli("access", "--workspace", "acme", "--scope", "a:b", "--resource", "agent/a1",
                       "--as-of", "30").stdout
        self.assertEqual([json.loads(line) for line in out.splitlines()], [item, item])
        self.assertEqual([parse_qs(urlsplit(asked[1]).query).get("cursor") for asked in server.asked],
                         [None, ["next one"], ["last"], None])
        self.assertEqual(server.asked[3][1], "/v1/workspaces/acme")
        self.assertEqual(parse_qs(urlsplit(server.asked[0][1]).query)["asOf"], ["30"])

    def test_usage_says_that_there_are_more_lines_than_it_shows(self):
        usage = {"items": [{"start": "a", "total": 1}], "total": 3, "nextCursor": "more"}
        self.serve((200, {}, usage))
        for form in ("json", "table"):
            self.assertIn("not all lines", self.cli("keys", "usage", KEY, "-o", form).stderr)
        self.serve((200, {}, usage | {"nextCursor": None}))
        self.assertEqual(self.cli("keys", "usage", KEY).stderr, "")

    def test_access_says_that_the_catalogue_has_no_such_scope(self):
        page = (200, {}, {"items": [], "nextCursor": None})
        for scopes, asked, said in (
            ([{"name": "a:b"}], "a:c", "the catalogue of acme has no scope a:c"),
            ([{"name": "a:b"}], "a:b", ""), ([{"name": "a:b"}], "a:*", ""), ([], "a:c", ""),
        ):
            with self.subTest(scopes=scopes, asked=asked):
                self.serve(page, (200, {}, {"slug": "acme", "scopes": scopes}))
                result = self.cli("access", "--workspace", "acme", "--scope", asked)
                self.assertEqual(result.stdout, "")
                self.assertEqual(result.stderr.strip().removeprefix("keyledger access: "), said)

    def test_a_page_that_fails_in_the_middle_is_no_success(self):
        self.serve((200, {}, {"items": [{"id": KEY}], "nextCursor": "c"}),
                   (503, {"Retry-After": "1"}, {"detail": "not now", "code": "unavailable"}))
        result = self.cli("keys", "list", "--workspace", "acme", status=UNAVAILABLE)
        self.assertIn("not now", result.stderr)

    def test_each_status_has_its_exit_code(self):
        for status, expected in ((400, ERROR), (401, NOT_AUTHORISED), (403, NOT_AUTHORISED),
                                 (404, NOT_FOUND), (409, CONFLICT), (412, CONFLICT), (422, CONFLICT),
                                 (429, UNAVAILABLE), (500, ERROR), (502, UNAVAILABLE),
                                 (503, UNAVAILABLE), (504, UNAVAILABLE)):
            with self.subTest(status):
                self.serve((status, {}, {"detail": "no", "code": "x", "requestId": "r"}))
                self.cli("keys", "get", KEY, status=expected)

    def test_an_answer_that_is_no_json_is_an_error(self):
        self.serve((200, {}, "<html>"))
        self.assertIn("not JSON", self.cli("keys", "get", KEY, status=ERROR).stderr)
        self.cli("keys", "list", "--workspace", "a", status=ERROR)

    def test_an_answer_can_not_move_the_cursor(self):
        self.serve((404, {}, {"detail": "a\x1b[2Jb\nkeyledger: fine", "code": "x"}))
        lines = self.cli("keys", "get", KEY, status=NOT_FOUND).stderr.splitlines()
        self.assertEqual(len(lines), 1)
        self.assertNotIn("\x1b", lines[0])

    def test_an_import_waits_as_long_as_it_is_told_and_asks_with_the_same_key(self):
        server = self.serve((503, {"Retry-After": "0"}, {"detail": "not now"}),
                            (429, {"Retry-After": "1"}, {"detail": "slower"}),
                            (201, {}, {"items": [{"id": KEY, "digest": "sha256:" + "0" * 64}]}))
        line = json.dumps({"digest": "sha256:" + "0" * 64, "name": "a"}) + "\n"
        out = self.cli("keys", "import", "-", "--workspace", "acme", "--reason", "moved",
                       text_in=line).stdout
        self.assertEqual(json.loads(out)["keys"], 1)
        self.assertEqual(len(server.asked), 3)
        self.assertEqual(len({asked[2]["Idempotency-Key"] for asked in server.asked}), 1)
        self.assertEqual(json.loads(server.asked[0][3]),
                         {"items": [json.loads(line)], "reason": "moved"})

    def test_an_import_does_not_wait_for_ever(self):
        server = self.serve((503, {"Retry-After": "0"}, {"detail": "not now", "code": "unavailable"}))
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "keys.ndjson"
            path.write_text('{"digest": "sha256:00"}\n')
            self.cli("keys", "import", path, "--workspace", "acme", status=UNAVAILABLE)
        self.assertEqual(len(server.asked), 8)

    def test_another_file_has_another_key(self):
        server = self.serve((201, {}, {"items": [{"id": KEY, "digest": "a"}]}))
        for text in ('{"digest": "a"}\n', '{"digest": "b"}\n', '{"digest": "a"}\n'):
            self.cli("keys", "import", "-", "--workspace", "acme", text_in=text)
        self.cli("keys", "import", "-", "--workspace", "other", text_in='{"digest": "a"}\n')
        keys = [asked[2]["Idempotency-Key"] for asked in server.asked]
        self.assertEqual(keys[0], keys[2])
        self.assertEqual(len(set(keys)), 3)
