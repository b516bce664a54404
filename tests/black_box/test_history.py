"""The history of a key, and the ledger's events page by page."""

import re
import time
import urllib.parse

from cases import LedgerCase, rfc3339, seconds_of

FIELDS = set(
    "seq id type version time workspace stream revision actor requestId reason data "
    "leafHash".split()
)
ASIDE = ("audit", "uses")  # streams that grow beside what a test does


class KeyHistory(LedgerCase):
    def test_a_life_is_told_oldest_first_with_all_of_its_events(self):
        key = self.key(self.workspace(), scopes=["a:b"])
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "Second"}))
        self.expect(self.root.put(f"/v1/keys/{key.id}/scopes", {"scopes": ["a:c"]}))
        for action in ("rotate", "suspend", "resume", "revoke"):
            self.act(key.id, action)
        events = [event for event in self.history(key.id) if event["type"] != "KeysUsed"]
        self.assertEqual(
            [event["type"] for event in events],
            [
                "KeyCreated",
                "KeyChanged",
                "KeyScoped",
                "KeyRotated",
                "KeySuspended",
                "KeyResumed",
                "KeyRevoked",
            ],
        )
        self.assertEqual([event["revision"] for event in events], list(range(1, 8)))
        self.assertEqual(events, sorted(events, key=lambda event: event["seq"]))
        me = self.expect(self.root.get("/v1/me"))["id"]
        for event in events:
            self.assertLessEqual(FIELDS, set(event))
            self.assertEqual((event["actor"]["id"], event["actor"]["address"]), (me, "127.0.0.1"))
            self.assertEqual(event["stream"], key.id)
            self.assertLess(abs(seconds_of(event["time"]) - time.time()), 60)
            self.assertTrue(re.fullmatch(r"[0-9a-f-]{36}", event["id"]), event["id"])
        self.assertEqual(len({event["leafHash"] for event in events}), 7)

    def test_changes_show_old_and_new_values(self):
        key = self.key(self.workspace(), name="Before it", scopes=["old:scope"], owner="the same")
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "After it"}))
        self.expect(self.root.put(f"/v1/keys/{key.id}/scopes", {"scopes": ["new:scope"]}))
        changed, scoped = (str(event["data"]) for event in self.history(key.id)[1:])
        self.assertIn("Before it", changed)
        self.assertIn("After it", changed)
        self.assertNotIn("the same", changed)
        self.assertIn("old:scope", scoped)
        self.assertIn("new:scope", scoped)


class Events(LedgerCase):
    def page(self, **query):
        text = urllib.parse.urlencode({name.rstrip("_"): value for name, value in query.items()})
        return self.expect(self.root.get("/v1/events?" + text))

    def all(self, **query):
        items, page = [], self.page(limit=1000, **query)
        items += page["items"]
        while page["nextCursor"] is not None:
            page = self.page(limit=1000, cursor=page["nextCursor"], **query)
            items += page["items"]
        return items

    def test_seqs_are_contiguous_from_0_and_time_never_goes_back(self):
        home = self.workspace()
        for _ in range(30):
            self.key(home)
        head = self.root.get("/v1/workspaces").seq
        events = self.all()
        seqs = [event["seq"] for event in events]
        self.assertEqual(seqs, list(range(len(seqs))))
        self.assertGreaterEqual(len(seqs), head + 1)
        times = [event["time"] for event in events]
        self.assertEqual(times, sorted(times))
        last = {}
        for event in events:
            self.assertEqual(event["revision"], last.get(event["stream"], 0) + 1, event)
            last[event["stream"]] = event["revision"]

    def test_pages_of_any_size_hold_the_same(self):
        home = self.workspace()
        keys = [self.key(home) for _ in range(10)]
        only = {"workspace": home, "type": "KeyCreated"}
        wanted = self.all(**only)
        self.assertEqual([event["stream"] for event in wanted], [key.id for key in keys])
        for limit in (1, 3, 10, 1000):
            with self.subTest(limit=limit):
                seen, page = [], self.page(limit=limit, **only)
                seen += page["items"]
                while page["nextCursor"] is not None:
                    page = self.page(limit=limit, cursor=page["nextCursor"], **only)
                    self.assertLessEqual(len(page["items"]), limit)
                    seen += page["items"]
                self.assertEqual(seen, wanted)
        later = self.page(from_=keys[4].document["seq"], limit=2, **only)["items"]
        self.assertEqual(later, wanted[4:6])

    def test_filters(self):
        home, other = self.workspace(), self.workspace()
        admin = self.admin(["keys:write"])
        key, foreign = self.key(home), self.key(other)
        self.expect(self.anonymous.post(f"/v1/keys/{key.id}:suspend", {}, token=admin.token))
        self.act(foreign.id, "suspend")
        types = [
            event["type"] for event in self.all(workspace=home) if event["stream"] not in ASIDE
        ]
        self.assertEqual(types, ["WorkspaceCreated", "KeyCreated", "KeySuspended"])
        of_key = [event["type"] for event in self.all(key=key.id) if event["stream"] not in ASIDE]
        self.assertEqual(of_key, ["KeyCreated", "KeySuspended"])
        by_admin = [event for event in self.all(actor=admin.id) if event["stream"] not in ASIDE]
        self.assertEqual(
            [(event["type"], event["stream"]) for event in by_admin], [("KeySuspended", key.id)]
        )
        suspended = self.all(type="KeySuspended")
        self.assertEqual([event["stream"] for event in suspended], [key.id, foreign.id])
        self.assertEqual(self.all(type="KeySuspended", workspace=other), suspended[1:])
        self.assertEqual(self.all(type="KeyRevoked", workspace=other), [])

    def test_filters_by_time(self):
        home = self.workspace()
        key = self.key(home)
        made = self.history(key.id)[0]["time"]
        self.assertIn(key.id, [event["stream"] for event in self.all(since=made, workspace=home)])
        self.assertEqual(self.all(since=rfc3339(time.time() + 60), workspace=home), [])
        self.assertEqual(self.all(until=rfc3339(time.time() - 60), workspace=home), [])
        self.assertEqual(len(self.all(since="-1h", workspace=home, type="KeyCreated")), 1)

    def test_since_is_inclusive_and_until_is_not(self):
        events = self.all()
        for event in events[:: max(1, len(events) // 10)]:
            moment = event["time"]
            since, until = self.all(since=moment, until=events[-1]["time"]), self.all(until=moment)
            with self.subTest(moment):
                inside = [e["seq"] for e in events if moment <= e["time"] < events[-1]["time"]]
                self.assertEqual([e["seq"] for e in since], inside)
                earlier = [e["seq"] for e in events if e["time"] < moment]
                self.assertEqual([e["seq"] for e in until], earlier)

    def test_a_key_and_a_type_together(self):
        key = self.key(self.workspace())
        self.verify(key.token)
        self.used(key.id, {"valid": 1})
        self.act(key.id, "rotate")
        for kind in ("KeyCreated", "KeyRotated", "KeysUsed"):
            found = self.all(key=key.id, type=kind)
            self.assertEqual([event["type"] for event in found], [kind])
        self.assertEqual(self.all(key=key.id, type="KeyRevoked"), [])

    def test_wrong_queries_are_refused(self):
        for query in (
            "from=x",
            "from=-1",
            "limit=0",
            "limit=1001",
            "type=Nonsense",
            "key=nonsense",
            "since=soon",
            "follow=perhaps",
            "from=99999999999999999999999",
        ):
            with self.subTest(query):
                self.problem(self.root.get("/v1/events?" + query), 400, "invalid_request")

    def test_beyond_the_newest_event_there_is_nothing(self):
        page = self.page(from_=self.root.get("/v1/workspaces").seq + 10**6)
        self.assertEqual((page["items"], page["nextCursor"]), ([], None))

    def test_the_start_and_the_stop_of_the_server_are_events(self):
        started = len(self.all(type="LedgerStarted"))
        stopped = len(self.all(type="LedgerStopped"))
        self.restart()
        self.assertEqual(len(self.all(type="LedgerStarted")), started + 1)
        self.assertEqual(len(self.all(type="LedgerStopped")), stopped + 1)
        self.crash()
        self.assertEqual(len(self.all(type="LedgerStarted")), started + 2)
        self.assertEqual(len(self.all(type="LedgerStopped")), stopped + 1)
