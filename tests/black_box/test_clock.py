"""A clock that is set back revives nothing.

Needs libfaketime, where Debian's package puts it or where BLACK_BOX_FAKETIME says; skipped without
it, since the rule itself has tests of its own.
"""

import glob
import os
import time
import unittest

from cases import LedgerCase, away_from_turn, rfc3339, wait_past

LIBRARY = os.environ.get("BLACK_BOX_FAKETIME") or next(
    iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None
)
HOUR = 3600


@unittest.skipUnless(LIBRARY, "libfaketime is not installed")
@unittest.skipIf(os.environ.get("BLACK_BOX_SANITIZED"), "sanitizers want to be loaded first")
class ClockSetBack(LedgerCase):
    def test_what_has_ended_stays_ended_when_the_clock_goes_back_an_hour(self):
        away_from_turn(HOUR, 20)
        home, ends = self.workspace(), time.time() + 1.5
        expired = self.key(home, expiresAt=rfc3339(ends))
        spent = self.key(home, quota={"limit": 1, "window": "1h"})
        rotated = self.key(home)
        older = self.act(rotated.id, "rotate", {"grace": "1s"})["key"]["secrets"][0]
        self.assertIsNotNone(older["validUntil"])
        self.assertEqual(self.code(spent.token), "valid")
        wait_past(ends + 0.2)
        tokens = (expired.token, spent.token, rotated.token)
        wanted = ["expired", "quota_exceeded", "revoked"]
        self.assertEqual([self.code(token) for token in tokens], wanted)
        self.server.stop()
        self.server.start(
            {"LD_PRELOAD": LIBRARY, "FAKETIME": "-1h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        )
        self.connect()
        self.assertEqual([self.code(token) for token in tokens], wanted)
        new = self.key(home)
        times = [e["time"] for e in self.expect(self.root.get("/v1/events?limit=1000"))["items"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual(self.code(new.token), "valid")
