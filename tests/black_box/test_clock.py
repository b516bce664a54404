"""A clock that is set back revives nothing; one that goes on fills the next buckets.

Needs libfaketime, where Debian's package puts it or where BLACK_BOX_FAKETIME says; skipped without
it, since the rule itself has tests of its own.
"""

import glob
import os
import time
import unittest

from cases import LedgerCase, away_from_turn, rfc3339, seconds_of, wait_past

LIBRARY = os.environ.get("BLACK_BOX_FAKETIME") or next(
    iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None
)
HOUR = 3600


@unittest.skipUnless(LIBRARY, "libfaketime is not installed")
@unittest.skipIf(os.environ.get("BLACK_BOX_SANITIZED"), "sanitizers want to be loaded first")
class MovedClock(LedgerCase):
    def move_clock(self, by):
        self.server.stop()
        self.server.start(
            {"LD_PRELOAD": LIBRARY, "FAKETIME": by, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        )
        self.connect()


class ClockSetBack(MovedClock):
    def test_what_has_ended_stays_ended_when_the_clock_goes_back_an_hour(self):
        away_from_turn(HOUR, 20)
        home, ends = self.workspace(), time.time() + 1.5
        expired = self.key(home, expiresAt=rfc3339(ends))
        spent = self.key(home, quota={"limit": 1, "window": "1h"})
        rotated = self.key(home)
        older = self.act(rotated.id, "rotate", {"grace": "1s"})["key"]["secrets"][0]
        self.assertIsNotNone(older["validUntil"])
        self.assertEqual(self.code(spent.token), "valid")
        wait_past(max(ends, seconds_of(older["validUntil"])) + 0.2)
        tokens = (expired.token, spent.token, rotated.token)
        wanted = ["expired", "quota_exceeded", "revoked"]
        self.assertEqual([self.code(token) for token in tokens], wanted)
        self.move_clock("-1h")
        self.assertEqual([self.code(token) for token in tokens], wanted)
        new = self.key(home)
        times = [e["time"] for e in self.expect(self.root.get("/v1/events?limit=1000"))["items"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual(self.code(new.token), "valid")


class ClockSetForward(MovedClock):
    def test_uses_are_told_in_pages_of_buckets_and_summed_over_all_pages(self):
        away_from_turn(HOUR, 20)
        key = self.key(self.workspace())
        for moved, uses in (("+0h", 1), ("+1h", 2), ("+2h", 4)):
            self.move_clock(moved)
            for _ in range(uses):
                self.assertEqual(self.code(key.token), "valid")
        self.server.stop()
        self.server.start()
        self.connect()
        query = f"/v1/keys/{key.id}/usage?until=%2B3h&limit=1"
        totals, cursor = [], ""
        while cursor is not None:
            page = self.expect(self.root.get(query + (f"&cursor={cursor}" if cursor else "")))
            totals += [item["total"] for item in page["items"]]
            self.assertEqual((len(page["items"]), page["total"]), (1, 7))
            cursor = page["nextCursor"]
        self.assertEqual(totals, [1, 2, 4])
        whole = self.expect(self.root.get(f"/v1/keys/{key.id}/usage?until=%2B3h"))
        self.assertEqual((len(whole["items"]), whole["nextCursor"]), (3, None))
        for wrong in ("limit=0", "limit=10001", "cursor=x"):
            self.problem(self.root.get(f"/v1/keys/{key.id}/usage?{wrong}"), 400, "invalid_request")
