"""Rate limits: fixed windows, aligned to the epoch."""

import time

from cases import LedgerCase, away_from_turn, wait_past
from harness import in_threads

HOUR = 3600


class RateWindows(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def codes(self, token, count, **fields):
        return [self.code(token, **fields) for _ in range(count)]

    def test_a_limit_is_met_exactly_under_eight_threads(self):
        key = self.key(self.home, rateLimit={"limit": 100, "window": "1h"})
        away_from_turn(HOUR, 30)

        def check(_):
            client = self.server.client()
            verdicts = [self.verify(key.token, client) for _ in range(25)]
            client.close()
            return verdicts

        verdicts = [verdict for some in in_threads(8, check) for verdict in some]
        good = [verdict for verdict in verdicts if verdict["valid"]]
        self.assertEqual(len(good), 100)
        self.assertEqual({v["code"] for v in verdicts if not v["valid"]}, {"rate_limited"})
        self.assertEqual(sorted(v["rateLimit"]["remaining"] for v in good), list(range(100)))

    def test_the_reset_is_the_next_whole_window_since_the_epoch(self):
        for window, seconds in (
            ("1m", 60),
            ("1h", HOUR),
            ("1d", 86400),
            ("7s", 7),
            ("30d", 30 * 86400),
        ):
            with self.subTest(window):
                key = self.key(self.home, rateLimit={"limit": 5, "window": window})
                before = time.time()
                told = self.verify(key.token)["rateLimit"]
                self.assertEqual(told["limit"], 5)
                self.assertEqual(told["reset"] % seconds, 0)
                self.assertGreaterEqual(told["reset"], int(before))
                self.assertLessEqual(told["reset"], time.time() + seconds)

    def test_a_new_window_is_empty(self):
        key = self.key(self.home, rateLimit={"limit": 2, "window": "2s"})
        away_from_turn(2, 1)
        self.assertEqual(self.codes(key.token, 3), ["valid", "valid", "rate_limited"])
        told = self.verify(key.token)
        self.assertEqual((told["code"], told["rateLimit"]["remaining"]), ("rate_limited", 0))
        wait_past(told["rateLimit"]["reset"])
        self.assertEqual(self.codes(key.token, 3), ["valid", "valid", "rate_limited"])

    def test_a_denied_check_spends_nothing(self):
        key = self.key(self.home, scopes=["a:read"], rateLimit={"limit": 2, "window": "30d"})
        self.assertEqual(self.codes(key.token, 5, scopes=["a:write"]), ["insufficient_scope"] * 5)
        self.assertEqual(self.codes(key.token, 3), ["valid", "valid", "rate_limited"])

    def test_a_check_that_the_quota_denies_leaves_the_window_alone(self):
        key = self.key(
            self.home, rateLimit={"limit": 3, "window": "30d"}, quota={"limit": 4, "window": None}
        )
        self.assertEqual(self.codes(key.token, 3, cost=5), ["quota_exceeded"] * 3)
        self.assertEqual(self.verify(key.token)["rateLimit"]["remaining"], 2)

    def test_a_check_that_the_window_denies_leaves_the_quota_alone(self):
        key = self.key(
            self.home, rateLimit={"limit": 1, "window": "30d"}, quota={"limit": 9, "window": None}
        )
        self.assertEqual(self.codes(key.token, 4), ["valid"] + ["rate_limited"] * 3)
        self.assertEqual(self.document(key.id)["quota"]["remaining"], 8)

    def test_a_key_without_a_limit_of_its_own_has_its_environments(self):
        limits = {"live": 3, "test": 1}
        workspace = self.workspace(
            environments=[
                {"name": name, "tag": name, "rateLimit": {"limit": limit, "window": "30d"}}
                for name, limit in limits.items()
            ]
        )
        for name, limit in limits.items():
            with self.subTest(name):
                key = self.key(workspace, environment=name)
                self.assertEqual(
                    self.codes(key.token, limit + 1), ["valid"] * limit + ["rate_limited"]
                )
        own = self.key(workspace, environment="test", rateLimit={"limit": 2, "window": "30d"})
        self.assertEqual(self.codes(own.token, 3), ["valid", "valid", "rate_limited"])
        inherits = self.expect(self.root.patch(f"/v1/keys/{own.id}", {"rateLimit": None}))
        self.assertIsNone(inherits["rateLimit"])
        self.assertEqual(self.code(own.token), "rate_limited")

    def test_each_key_has_a_window_of_its_own(self):
        keys = [self.key(self.home, rateLimit={"limit": 1, "window": "30d"}) for _ in range(5)]
        self.assertEqual([self.code(key.token) for key in keys], ["valid"] * 5)
        self.assertEqual([self.code(key.token) for key in keys], ["rate_limited"] * 5)

    def test_both_secrets_of_a_key_count_in_one_window(self):
        key = self.key(self.home, rateLimit={"limit": 2, "window": "30d"})
        newer = self.act(key.id, "rotate", {"grace": "1h"})["token"]
        codes = [self.code(token) for token in (key.token, newer, key.token, newer)]
        self.assertEqual(codes, ["valid", "valid", "rate_limited", "rate_limited"])

    def test_a_window_that_was_committed_outlives_a_restart(self):
        key = self.key(self.home, rateLimit={"limit": 3, "window": "30d"})
        self.assertEqual(self.codes(key.token, 3), ["valid"] * 3)
        self.restart()
        self.assertEqual(self.code(key.token), "rate_limited")
