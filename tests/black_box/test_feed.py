"""/v1/events as a stream: newline-delimited JSON and server-sent events."""

import json
import threading
import time

from cases import LedgerCase, rfc3339, wait_past
from harness import eventually


class Feed(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def open(self, query, accept, **headers):
        """A stream of its own connection, which ends with the test."""
        client = self.server.client(self.server.root_token)
        self.addCleanup(client.close)
        names = {"Accept": accept} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        response = client.open("GET", f"/v1/events?{query}", headers=names)
        self.assertEqual(response.status, 200)
        self.assertEqual(response.headers["Content-Type"].split(";")[0], accept)
        return response

    def server_sent(self, response, count):
        """The next `count` events of a stream: pairs of id and data."""
        events, fields = [], {}
        while len(events) < count:
            line = response.readline()
            self.assertNotEqual(line, b"", "the stream ended")
            text = line.decode().rstrip("\r\n")
            if not text:
                if "data" in fields:
                    events.append((int(fields["id"]), json.loads(fields["data"])))
                fields = {}
            elif not text.startswith(":"):
                name, _, value = text.partition(":")
                value = value.removeprefix(" ")
                fields[name] = (
                    fields[name] + "\n" + value if name == "data" and "data" in fields else value
                )
        return events

    def json_lines(self, response, count):
        events = []
        while len(events) < count:
            line = response.readline()
            self.assertNotEqual(line, b"", "the stream ended")
            if line.strip():
                events.append(json.loads(line))
        return events

    def test_lines_of_json_hold_what_the_pages_hold(self):
        for _ in range(5):
            self.key(self.home)
        query = f"from=0&workspace={self.home}&type=KeyCreated"
        wanted = self.expect(self.root.get(f"/v1/events?{query}&limit=1000"))["items"]
        response = self.open(query, "application/x-ndjson")
        lines = [json.loads(line) for line in response.read().splitlines() if line.strip()]
        self.assertEqual(lines, wanted)

    def test_lines_of_json_follow_what_comes(self):
        start = self.root.get("/v1/workspaces").seq + 1
        response = self.open(f"from={start}&follow=true&type=KeyCreated", "application/x-ndjson")
        keys = []
        for _ in range(3):
            keys.append(self.key(self.home))
            (event,) = self.json_lines(response, 1)
            self.assertEqual(
                (event["type"], event["stream"], event["seq"]),
                ("KeyCreated", keys[-1].id, keys[-1].document["seq"]),
            )

    def test_server_sent_events_follow_and_name_their_seq(self):
        first = self.key(self.home)
        query = f"from={first.document['seq']}&follow=true&type=KeyCreated"
        response = self.open(query, "text/event-stream")
        ((seq, event),) = self.server_sent(response, 1)
        self.assertEqual(
            (seq, event["seq"], event["stream"]),
            (first.document["seq"], first.document["seq"], first.id),
        )
        second = self.key(self.home)
        ((seq, event),) = self.server_sent(response, 1)
        self.assertEqual((seq, event["stream"]), (second.document["seq"], second.id))

    def test_a_stream_resumes_after_the_last_event_that_was_seen(self):
        keys = [self.key(self.home) for _ in range(6)]
        seqs = [key.document["seq"] for key in keys]
        query = f"from={seqs[0]}&follow=true&type=KeyCreated"
        seen = self.server_sent(self.open(query, "text/event-stream"), 3)
        self.assertEqual([seq for seq, _ in seen], seqs[:3])
        resumed = self.open(query, "text/event-stream", Last_Event_ID=str(seen[-1][0]))
        self.assertEqual([seq for seq, _ in self.server_sent(resumed, 3)], seqs[3:])

    def test_a_follower_of_everything_misses_nothing_while_others_write(self):
        start = self.root.get("/v1/workspaces").seq + 1
        response = self.open(f"from={start}&follow=true&type=KeyCreated", "text/event-stream")
        made = []

        def write():
            client = self.server.client(self.server.root_token)
            for _ in range(50):
                body = {"name": "x", "environment": "live", "scopes": []}
                made.append(client.post(f"/v1/workspaces/{self.home}/keys", body).json["key"]["id"])
            client.close()

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        seen = self.server_sent(response, 200)
        for thread in threads:
            thread.join()
        seqs = [seq for seq, _ in seen]
        self.assertEqual(seqs, sorted(set(seqs)))
        self.assertEqual({event["stream"] for _, event in seen}, set(made))

    def test_a_follower_does_not_feed_itself(self):
        response = self.open("from=0&follow=true", "text/event-stream")
        head = self.root.get("/v1/workspaces").seq
        self.server_sent(response, head + 1)
        key = self.key(self.home)
        eventually(lambda: self.server_sent(response, 1)[0][1]["stream"] == key.id, 5)
        quiet = self.root.get("/v1/workspaces").seq
        wait_past(time.time() + 1)  # ten flush intervals in which nobody does anything
        grown = self.root.get("/v1/workspaces").seq - quiet
        self.assertLessEqual(grown, 2, "reading the feed fills the feed")

    def test_a_stream_that_follows_ends_at_until(self):
        key = self.key(self.home)
        until = rfc3339(time.time() + 1)
        start = key.document["seq"]
        response = self.open(f"from={start}&until={until}&follow=true", "application/x-ndjson")
        first = self.json_lines(response, 1)[0]
        self.assertEqual(first["seq"], start)
        wait_past(time.time() + 1)
        late = self.key(self.home)
        rest = [json.loads(line) for line in response.read().splitlines() if line.strip()]
        self.assertNotIn(late.id, [event["stream"] for event in rest])
        self.assertLess(max((event["time"] for event in rest), default=""), until)

    def test_a_stream_that_follows_ends_at_until_though_nothing_comes_after_it(self):
        start = self.key(self.home).document["seq"]
        for until, framing in ((time.time() + 1, "text/event-stream"),
                               (time.time() - 3600, "application/x-ndjson")):  # fmt: skip
            path = f"from={start + 1}&until={rfc3339(until)}&follow=true&type=KeyCreated"
            response = self.open(path, framing)
            self.assertNotIn(b"KeyCreated", response.read())
            self.assertGreaterEqual(time.time(), until)

    def test_an_open_stream_does_not_hold_up_the_end_of_the_server(self):
        response = self.open("from=0&follow=true", "text/event-stream")
        self.server_sent(response, 1)
        self.restart()
        self.expect(self.root.get("/v1/workspaces"))

    def test_a_wrong_last_event_id_is_refused(self):
        headers = {"Accept": "text/event-stream", "Last-Event-ID": "nonsense"}
        self.problem(
            self.root.get("/v1/events?follow=true", headers=headers), 400, "invalid_request"
        )
