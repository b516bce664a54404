"""`events --follow --until`: it ends when nothing more can come, and not before."""

import json
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

from stand_in import StandInCase
from terminal import ERROR, NOT_AUTHORISED, UNAVAILABLE

NDJSON = {"Content-Type": "application/x-ndjson"}
SEQ_MAX = 2**64 - 1


def line(seq):
    return json.dumps({"seq": seq, "type": "KeyCreated", "data": {}}) + "\n"


class Until(StandInCase):
    def follow(self, *more, until="-1m", **named):
        until = ("--until", until) if until else ()
        result = self.cli("events", "--follow", "--from", "0", *until, *more, **named)
        return [json.loads(text)["seq"] for text in result.stdout.splitlines()]

    def asked(self, server):
        return [parse_qs(urlsplit(asked[1]).query) for asked in server.asked]

    def test_what_is_past_is_a_list_with_an_end(self):
        server = self.serve((200, NDJSON, line(3) + line(5)))
        self.assertEqual(self.follow(), [3, 5])
        (asked,) = self.asked(server)
        self.assertNotIn("follow", asked)
        self.assertIn("until", asked)

    def test_a_server_that_ends_the_stream_is_asked_once_more_for_the_rest(self):
        server = self.serve((200, NDJSON | {"Date": formatdate(2e9, usegmt=True)}, line(3)),
                            (200, NDJSON | {"Date": formatdate(2e9, usegmt=True)}, line(4)))
        self.assertEqual(self.follow(until="+1h"), [3, 4])
        first, second = self.asked(server)
        self.assertEqual((first["follow"], first["from"]), (["true"], ["0"]))
        self.assertEqual(second["from"], ["4"])
        self.assertNotIn("follow", second)

    def test_a_server_whose_clock_is_behind_is_waited_for(self):
        behind = NDJSON | {"Date": formatdate(1e9, usegmt=True)}
        server = self.serve((200, behind, line(3)), (200, behind, line(4)), (200, NDJSON, line(5)))
        self.assertEqual(self.follow(), [3, 4, 5])
        self.assertEqual(len(server.asked), 3)

    def test_a_server_that_is_away_meanwhile_is_waited_for_but_not_for_ever(self):
        away = (503, {}, {"detail": "not now", "code": "unavailable"})
        behind = NDJSON | {"Date": formatdate(1e9, usegmt=True)}
        self.serve((200, behind, line(3)), away, (200, NDJSON, line(4)))
        self.assertEqual(self.follow(), [3, 4])
        server = self.serve((200, behind, line(3)), away)
        self.assertEqual(self.follow(status=UNAVAILABLE), [3])
        self.assertEqual(len(server.asked), 9)

    def test_a_refusal_is_for_good(self):
        self.serve((200, NDJSON | {"Date": formatdate(1e9, usegmt=True)}, line(3)), (401, {}, {}))
        self.follow(status=NOT_AUTHORISED)

    def test_a_seq_without_a_successor_is_no_event(self):
        for text in (line(SEQ_MAX), line(SEQ_MAX + 1), line(-1), line(1.5), line("3"), "3\n"):
            with self.subTest(text):
                self.serve((200, NDJSON, text))
                self.assertEqual(self.follow(until=None, status=ERROR), [])
        self.serve((200, NDJSON, line(SEQ_MAX - 1)))
        self.assertEqual(self.follow(), [SEQ_MAX - 1])

    def test_a_newest_event_without_a_successor_is_none(self):
        for seq in (str(SEQ_MAX), "12x", ""):
            self.serve((200, {"X-Ledger-Seq": seq}, {}))
            said = self.cli("events", "--follow", status=ERROR).stderr
            self.assertIn("does not say which event is its newest", said)
