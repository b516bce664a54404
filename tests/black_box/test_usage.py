"""Usage: every check is counted, and soon in the ledger."""

import time

from cases import LedgerCase, rfc3339, seconds_of, usage_counts
from harness import PATIENCE, eventually, in_threads


class Usage(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def gaps(self):
        return self.expect(self.root.get("/v1/events?type=UsageGap&limit=1000"))["items"]

    def test_every_check_is_counted_by_what_it_came_to(self):
        key = self.key(
            self.home,
            scopes=["a:read"],
            allowedIps=["192.0.2.1"],
            resource={"kind": "agent", "id": "one"},
            rateLimit={"limit": 4, "window": "30d"},
        )
        good = {"ip": "192.0.2.1", "resource": {"kind": "agent", "id": "one"}, "scopes": ["a:read"]}
        expected = {}
        for change, code, times in (
            ({}, "valid", 4),
            ({}, "rate_limited", 3),
            ({"ip": "192.0.2.2"}, "ip_not_allowed", 2),
            ({"scopes": ["a:write"]}, "insufficient_scope", 5),
            ({"resource": {"kind": "agent", "id": "two"}}, "wrong_resource", 1),
            ({"environment": "test"}, "wrong_environment", 2),
            ({"workspace": "another"}, "wrong_workspace", 1),
        ):
            self.assertEqual(
                [self.code(key.token, **good | change) for _ in range(times)], [code] * times
            )
            expected[code] = times
        self.act(key.id, "suspend")
        self.assertEqual(self.code(key.token), "suspended")
        self.act(key.id, "revoke")
        self.assertEqual(self.code(key.token), "revoked")
        self.used(key.id, expected | {"suspended": 1, "revoked": 1})

    def test_checks_of_many_threads_are_all_counted(self):
        key = self.key(self.home)

        def check(_):
            client = self.server.client()
            for _ in range(200):
                self.verify(key.token, client)
            client.close()

        in_threads(8, check)
        self.used(key.id, {"valid": 1600})

    def test_buckets_of_every_size_have_the_same_sum(self):
        key = self.key(self.home)
        for _ in range(7):
            self.assertEqual(self.code(key.token), "valid")
        self.used(key.id, {"valid": 7})
        for bucket in ("1m", "1h", "1d"):
            with self.subTest(bucket):
                self.assertEqual(self.usage(key.id, f"?bucket={bucket}"), {"valid": 7})
        since, until = rfc3339(time.time() + 7200), rfc3339(time.time() - 7200)
        self.assertEqual(self.usage(key.id, f"?bucket=1m&since={since}"), {})
        self.assertEqual(self.usage(key.id, f"?bucket=1m&until={until}"), {})
        self.assertEqual(self.usage(key.id, "?bucket=1m&since=-2h"), {"valid": 7})
        for query in ("bucket=2m", "since=soon", "until=never"):
            self.problem(self.root.get(f"/v1/keys/{key.id}/usage?{query}"), 400, "invalid_request")

    def test_the_last_use_is_seen_within_a_second(self):
        key = self.key(self.home)
        self.assertIsNone(self.document(key.id)["lastUsedAt"])
        before = time.time()
        self.assertEqual(self.code(key.token), "valid")
        used = eventually(lambda: self.document(key.id)["lastUsedAt"], 1, "the last use")
        self.assertLess(abs(seconds_of(used) - before), 1)
        shown = self.expect(self.root.get(f"/v1/keys/{key.id}/usage"))
        self.assertEqual(shown["lastUsedAt"], used)

    def test_a_denial_is_no_use(self):
        key = self.key(self.home)
        self.assertEqual(self.code(key.token, scopes=["a:b"]), "insufficient_scope")
        self.used(key.id, {"insufficient_scope": 1})
        self.assertIsNone(self.document(key.id)["lastUsedAt"])

    def test_a_use_is_an_event_within_the_flush_interval(self):
        key = self.key(self.home)
        start = self.root.get("/v1/workspaces").seq
        self.assertEqual(self.code(key.token), "valid")
        path = f"/v1/events?from={start}&type=KeysUsed&limit=1000"
        eventually(
            lambda: key.id in str(self.expect(self.root.get(path))["items"]),
            1,
            "the event of the use",
        )

    def test_a_life_cycle_event_is_not_made_stale_by_uses(self):
        key = self.key(self.home)
        self.assertEqual(self.code(key.token, durable=True), "valid")
        self.assertEqual(self.document(key.id)["revision"], key.document["revision"])

    def test_uses_outlive_a_restart_at_once_after_they_were_answered(self):
        key = self.key(self.home)
        for _ in range(50):
            self.assertEqual(self.code(key.token), "valid")
        self.restart()
        self.assertEqual(self.usage(key.id), {"valid": 50})

    def test_a_durable_use_outlives_a_crash_at_once_after_it_was_answered(self):
        key = self.key(self.home)
        for number in range(1, 4):
            self.assertEqual(self.code(key.token, durable=True), "valid")
            self.crash()
            self.assertEqual(self.usage(key.id), {"valid": number})

    def test_a_use_outlives_a_crash_that_comes_later_than_the_flush(self):
        key = self.key(self.home)
        self.assertEqual(self.code(key.token), "valid")
        self.used(key.id, {"valid": 1})
        start = self.expect(self.root.get("/v1/events?type=KeysUsed&limit=1000"))["items"]
        self.assertIn(key.id, str(start))
        self.crash()
        self.assertEqual(self.usage(key.id), {"valid": 1})

    def test_a_crash_leaves_a_gap_in_the_ledger_and_a_stop_does_not(self):
        key = self.key(self.home)
        before = len(self.gaps())
        self.assertEqual(self.code(key.token), "valid")
        self.restart()
        self.assertEqual(len(self.gaps()), before)
        self.assertEqual(self.code(key.token), "valid")
        killed = time.time()
        self.crash()
        gaps = self.gaps()
        self.assertEqual(len(gaps), before + 1)
        data = gaps[-1]["data"]
        self.assertLessEqual(seconds_of(data["from"]), killed + 1)
        self.assertGreaterEqual(seconds_of(data["until"]), killed - 1)
        self.restart()
        self.assertEqual(len(self.gaps()), before + 1)


class FlushInterval(LedgerCase):
    config = '[usage]\nflush_interval = "2s"\n'

    def test_an_interval_that_was_set_is_kept(self):
        key = self.key(self.workspace())
        start = time.monotonic()
        self.assertEqual(self.code(key.token), "valid")
        path = "/v1/events?type=KeysUsed&limit=1000"
        eventually(
            lambda: key.id in str(self.expect(self.root.get(path))["items"]),
            4,
            "the event of the use",
        )
        self.assertLess(time.monotonic() - start, 3.5 * PATIENCE)
        self.assertEqual(
            usage_counts(self.expect(self.root.get(f"/v1/keys/{key.id}/usage"))), {"valid": 1}
        )
