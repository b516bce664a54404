"""What a server that is not keyledger, or means ill, can't do to who asks it from a terminal."""

import json
import unicodedata

from stand_in import StandInCase
from terminal import CONFLICT, ERROR, NOT_FOUND, SUCCESS, on_terminal

KEY = "key_00000000000000000000000000"
# Clears the screen, by ESC and by C1's own; sets the title; turns the writing; begins a line.
EVIL = "a\x1b[2J\x9b2J\x1b]0;b\x07\x7f\u202ec\u2066d\u2028e\u2069f"
TURNS = {chr(code) for code in (*range(0x2028, 0x202f), *range(0x2066, 0x206a))}
TOKEN = "ac_live_Ab12Cd34_0123"


def moves(text):
    """The characters in it that a terminal obeys, but for newlines."""
    return {c for c in text if c != "\n" and (unicodedata.category(c) == "Cc" or c in TURNS)}


class HostileServer(StandInCase):
    def evil_key(self):
        return {"id": KEY, "status": EVIL, "name": EVIL, EVIL: EVIL, "scopes": [EVIL],
                "resource": {"kind": EVIL, "id": EVIL}}

    def questions(self):
        """Each answer that is shown, with a command that it is shown by."""
        event = {"seq": 1, "type": EVIL, "time": EVIL, "actor": {"kind": EVIL, "id": EVIL},
                 "data": {EVIL: EVIL}, "reason": EVIL}
        rule = {"rule": EVIL, "result": EVIL, "detail": EVIL, "event": event}
        return [
            (["keys", "get", KEY], self.evil_key()),
            (["keys", "create", "--workspace", "a"], {"key": self.evil_key(), "token": TOKEN}),
            (["keys", "rotate", KEY], {"key": self.evil_key(), "token": None}),
            (["keys", "list", "--workspace", "a"],
             {"items": [self.evil_key()], "nextCursor": None}),
            (["keys", "events", KEY], {"items": [event], "nextCursor": None}),
            (["events"], {"items": [event], "nextCursor": None}),
            (["keys", "usage", KEY],
             {"items": [{"start": EVIL, "outcomes": {EVIL: EVIL}}], "total": EVIL, "cost": EVIL,
              "outcomes": {}, "lastUsedAt": EVIL}),
            (["explain", KEY], {"keyId": EVIL, "at": EVIL, "code": EVIL, "rules": [rule],
                                "decidedBy": "x" + EVIL}),
            (["workspaces", "get", "a"], {"slug": EVIL, EVIL: [{EVIL: EVIL}]}),
        ]

    def test_no_answer_moves_the_cursor_of_a_terminal(self):
        for arguments, answer in self.questions():
            for form in ("table", "json", "ndjson"):
                with self.subTest(arguments=arguments, form=form):
                    self.serve((200, {}, answer))
                    status, shown = on_terminal([*arguments, "-o", form], self.environment)
                    self.assertEqual(status, SUCCESS, shown)
                    self.assertEqual(moves(shown), set(), shown)
                    self.assertIn("a\\u001b[2J\\u009b2J", shown)

    def test_json_on_a_terminal_is_the_same_json(self):
        for arguments, answer in self.questions()[:2]:
            self.serve((200, {}, answer))
            _, shown = on_terminal([*arguments, "-o", "json"], self.environment)
            self.assertEqual(json.loads(shown), answer)

    def test_tables_and_headlines_are_safe_in_files_too(self):
        for arguments, answer in self.questions():
            with self.subTest(arguments=arguments):
                self.serve((200, {}, answer))
                self.assertEqual(moves(self.cli(*arguments, "-o", "table").stdout), set())

    def test_json_in_a_file_is_as_it_came(self):
        self.serve((200, {}, self.evil_key()))
        self.assertEqual(json.loads(self.cli("keys", "get", KEY).stdout), self.evil_key())
        self.assertIn("\u202e", self.cli("keys", "get", KEY).stdout)

    def test_followed_events_are_safe_on_a_terminal(self):
        event = {"seq": 7, "type": EVIL, "time": EVIL, "data": {}}
        line = json.dumps(event, ensure_ascii=False) + "\n"
        for form in ("table", "ndjson"):
            self.serve((200, {"Content-Type": "application/x-ndjson"}, line))
            status, shown = on_terminal(
                ["events", "--follow", "--from", "0", "--until", "-1h", "-o", form],
                self.environment)
            self.assertEqual((status, moves(shown)), (SUCCESS, set()), shown)
            self.assertIn("u009b2J", shown)

    def test_a_problem_is_one_line_that_moves_nothing(self):
        for problem in ({"detail": "x" + EVIL + "\nkeyledger: fine", "code": EVIL},
                        {"errors": [{"pointer": "/" + EVIL, "detail": "x" + EVIL}]}):
            self.serve((404, {}, problem))
            said = self.cli("keys", "get", KEY, status=NOT_FOUND).stderr
            self.assertEqual((len(said.splitlines()), moves(said)), (1, set()))

    def test_what_is_no_token_is_not_given_as_one(self):
        for token in (EVIL, "", "two words", 17, ["x"], "x" * 5000):
            for more in ([], ["--quiet"]):
                for arguments in (["keys", "create", "--workspace", "a"], ["keys", "rotate", KEY]):
                    with self.subTest(token=str(token)[:40], more=more):
                        self.serve((201, {}, {"key": {"id": KEY}, "token": token}))
                        result = self.cli(*arguments, *more, status=ERROR)
                        self.assertIn("as a token", result.stderr)
                        self.assertEqual(result.stdout, "")
        self.serve((201, {}, {"key": {"id": KEY}, "token": TOKEN}))
        made = self.cli("keys", "create", "--workspace", "a", "--quiet")
        self.assertEqual(made.stdout, TOKEN + "\n")
        self.serve((200, {}, {"key": {"id": KEY}, "token": None}))
        self.cli("keys", "rotate", KEY, "--quiet", status=CONFLICT)

    def test_an_answer_that_is_not_understood_is_an_error_and_says_so(self):
        commands = [
            ["keys", "list", "--workspace", "a"], ["workspaces", "list"], ["events"],
            ["access", "--workspace", "a", "--scope", "a:b"], ["keys", "events", KEY],
            ["keys", "get", KEY], ["keys", "create", "--workspace", "a"],
            ["keys", "create", "--workspace", "a", "--quiet"], ["keys", "rotate", KEY],
            ["keys", "suspend", KEY], ["keys", "scopes", KEY, "--scopes", ""],
            ["keys", "update", KEY, "--name", "b"], ["keys", "usage", KEY], ["explain", KEY],
            ["keys", "revoke", KEY, "--yes"],
            ["keys", "revoke", "--workspace", "a", "--owner", "b", "--yes"],
            ["keys", "revoke", "--workspace", "a", KEY, "--yes"], ["tokens", "revoke", "--yes"],
            ["verify"], ["workspaces", "get", "a"], ["workspaces", "create", "--slug", "a"],
        ]
        answers = [(204, ""), (200, ""), (200, "{}"), (200, "[]"), (200, "null"), (200, "<html>"),
                   (200, {"items": None}), (200, {"items": [1], "nextCursor": None})]
        for arguments in commands:
            for status, body in answers:
                with self.subTest(arguments=arguments, status=status, body=body):
                    self.serve((status, {}, body))
                    result = self.cli(*arguments, text_in="x\n", status=ERROR)
                    self.assertIn("the server's answer ", result.stderr)

    def test_a_cursor_that_does_not_move_ends_the_list(self):
        for cursors in (["same"], ["a", "b"], [""]):
            with self.subTest(cursors):
                item = {"slug": "a"}
                server = self.serve(*[(200, {}, {"items": [item], "nextCursor": cursor})
                                      for _ in range(5) for cursor in cursors])
                result = self.cli("workspaces", "list", status=ERROR)
                self.assertIn("nextCursor", result.stderr)
                self.assertLessEqual(len(server.asked), 3)

    def test_a_revocation_must_say_that_it_was_one(self):
        for body in ({"id": KEY, "status": "active"}, {"id": KEY}, {"status": "revoked"}):
            self.serve((200, {}, body))
            said = self.cli("keys", "revoke", KEY, "--yes", status=ERROR).stderr
            self.assertIn("the server's answer ", said)
        self.serve((200, {}, {"id": KEY, "status": "revoked", "usesLast24h": {}}))
        self.cli("keys", "revoke", KEY, "--yes")

    def test_leaked_tokens_are_ended_only_if_each_is_said_to_be(self):
        answers = [([], "what came of each"), ([{}], "what came of each"),
                   ([{"result": "revoked"}] * 2, "what came of each"),
                   ([{"result": "fine"}], "1 unknown")]
        for items, said in answers:
            with self.subTest(items):
                self.serve((200, {}, {"items": items}))
                result = self.cli("tokens", "revoke", "--yes", status=ERROR, text_in="x\n")
                self.assertIn(said, result.stderr)
