"""Exact quotas: never overshot, whatever happens."""

import time

from cases import LedgerCase, away_from_turn, seconds_of, wait_past
from harness import in_threads


class Quotas(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def limited(self, limit, window=None, **fields):
        return self.key(self.home, quota={"limit": limit, "window": window}, **fields)

    def remaining(self, key):
        return self.document(key.id)["quota"]["remaining"]

    def spend(self, key, times, **fields):
        self.assertEqual([self.code(key.token, **fields) for _ in range(times)], ["valid"] * times)

    def test_a_quota_is_never_overshot_under_sixteen_threads(self):
        key = self.limited(100)

        def check(_):
            client = self.server.client()
            verdicts = [self.verify(key.token, client) for _ in range(12)]
            client.close()
            return verdicts

        verdicts = [verdict for some in in_threads(16, check) for verdict in some]
        good = [verdict for verdict in verdicts if verdict["valid"]]
        self.assertEqual(len(good), 100)
        self.assertEqual({v["code"] for v in verdicts if not v["valid"]}, {"quota_exceeded"})
        self.assertEqual(sorted(v["quota"]["remaining"] for v in good), list(range(100)))
        self.assertEqual(self.remaining(key), 0)

    def test_costs_of_many_threads_fit_together(self):
        key = self.limited(100)

        def check(index):
            client = self.server.client()
            cost = index % 7 + 1
            good = sum(self.verify(key.token, client, cost=cost)["valid"] for _ in range(10))
            client.close()
            return good * cost

        spent = sum(in_threads(16, check))
        self.assertLessEqual(spent, 100)
        self.assertEqual(self.remaining(key), 100 - spent)

    def test_a_cost_that_does_not_fit_spends_nothing(self):
        key = self.limited(10)
        self.spend(key, 1, cost=7)
        self.assertEqual(self.code(key.token, cost=4), "quota_exceeded")
        self.assertEqual(self.remaining(key), 3)
        self.spend(key, 1, cost=3)
        self.assertEqual(self.code(key.token), "quota_exceeded")

    def test_what_was_spent_outlives_a_restart_and_a_crash(self):
        key = self.limited(10)
        self.spend(key, 3)
        self.restart()
        self.assertEqual(self.remaining(key), 7)
        self.spend(key, 3)
        self.crash()
        self.assertEqual(self.remaining(key), 4)
        self.spend(key, 4)
        self.crash()
        self.assertEqual((self.code(key.token), self.remaining(key)), ("quota_exceeded", 0))

    def test_a_rotation_does_not_refill(self):
        key = self.limited(5)
        self.spend(key, 3)
        newer = self.act(key.id, "rotate", {"grace": "1h"})["token"]
        self.assertEqual(
            [self.code(token) for token in (newer, key.token, newer)],
            ["valid", "valid", "quota_exceeded"],
        )

    def test_a_change_moves_what_remains_by_the_difference(self):
        key = self.limited(10)
        self.spend(key, 4)
        for limit, remaining in ((15, 11), (5, 1), (2, 0)):
            with self.subTest(limit=limit):
                quota = {"limit": limit, "window": None}
                changed = self.expect(self.root.patch(f"/v1/keys/{key.id}", {"quota": quota}))
                self.assertEqual(changed["quota"]["remaining"], remaining)
        self.assertEqual(self.code(key.token), "quota_exceeded")
        cleared = self.expect(self.root.patch(f"/v1/keys/{key.id}", {"quota": None}))
        self.assertIsNone(cleared["quota"])
        self.spend(key, 20)

    def test_a_new_quota_begins_full(self):
        key = self.key(self.home)
        self.spend(key, 3)
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"quota": {"limit": 2, "window": None}}))
        self.spend(key, 2)
        self.assertEqual(self.code(key.token), "quota_exceeded")

    def test_a_quota_with_a_window_is_full_again_in_the_next(self):
        key = self.limited(2, "2s")
        away_from_turn(2, 1)
        self.spend(key, 2)
        verdict = self.verify(key.token)
        self.assertEqual(verdict["code"], "quota_exceeded")
        resets = seconds_of(self.document(key.id)["quota"]["resetsAt"])
        self.assertEqual(resets % 2, 0)
        wait_past(resets)
        self.assertEqual(self.remaining(key), 2)
        self.spend(key, 2)
        self.assertEqual(self.code(key.token), "quota_exceeded")

    def test_a_quota_without_a_window_never_refills(self):
        key = self.limited(1)
        self.assertIsNone(key.document["quota"]["window"])
        self.assertIsNone(key.document["quota"]["resetsAt"])
        self.spend(key, 1)
        self.assertEqual(self.code(key.token), "quota_exceeded")

    def test_the_end_of_a_window_is_aligned_to_the_epoch(self):
        key = self.limited(5, "30d")
        resets = seconds_of(self.document(key.id)["quota"]["resetsAt"])
        self.assertEqual(resets % (30 * 86400), 0)
        self.assertLess(0, resets - time.time() + 1)
        self.assertLessEqual(resets - time.time(), 30 * 86400)

    def test_a_denied_check_spends_nothing(self):
        key = self.limited(2, scopes=["a:read"])
        for _ in range(5):
            self.assertEqual(self.code(key.token, scopes=["a:write"]), "insufficient_scope")
        self.assertEqual(self.remaining(key), 2)

    def test_spends_stand_in_the_key_and_the_usage_before_they_are_answered(self):
        key = self.limited(3)
        for left in (2, 1, 0):
            self.assertEqual(self.verify(key.token)["quota"]["remaining"], left)
            self.assertEqual(self.remaining(key), left)
            self.assertEqual(self.usage(key.id), {"valid": 3 - left})

    def test_quota_spends_of_many_keys_do_not_wait_for_each_other(self):
        keys = [self.limited(1000) for _ in range(8)]

        def check(index):
            client = self.server.client()
            good = [self.verify(keys[index].token, client)["valid"] for _ in range(20)]
            client.close()
            return good

        self.assertEqual(in_threads(8, check), [[True] * 20] * 8)
        self.assertEqual([self.remaining(key) for key in keys], [980] * 8)
