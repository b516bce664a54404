"""A key with two reasons to be denied shows the first, whichever two they are."""

import itertools
import time

from cases import LedgerCase, made_up_token, rfc3339, wait_past, with_wrong_checksum
from harness import PATIENCE

ORDER = (
    "malformed unknown revoked suspended pending expired wrong_workspace wrong_environment "
    "ip_not_allowed wrong_resource insufficient_scope rate_limited quota_exceeded"
).split()
OF_THE_KEY = ORDER[2:]

# A key ends after it begins, so that it is never both pending and expired; and one that has not
# begun can't have spent its window.
IMPOSSIBLE = {("pending", "expired"), ("pending", "rate_limited")}


class Precedence(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()
        cls.other = cls("workspace").workspace()

    def request_for(self, reasons):
        """A check that meets those of the reasons which lie in the request."""
        return {
            "workspace": self.other if "wrong_workspace" in reasons else self.home,
            "environment": "test" if "wrong_environment" in reasons else "live",
            "ip": "203.0.113.1" if "ip_not_allowed" in reasons else "192.0.2.1",
            "resource": {"kind": "agent", "id": "two" if "wrong_resource" in reasons else "one"},
            "scopes": ["a:write" if "insufficient_scope" in reasons else "a:read"],
            "cost": 5 if "quota_exceeded" in reasons else 1,
        }

    def key_with(self, reasons, ends):
        """A key that meets those of the reasons which lie in it; `ends` is for an expired one."""
        fields = {
            "allowedIps": ["192.0.2.0/24"],
            "resource": {"kind": "agent", "id": "one"},
            "scopes": ["a:read"],
        }
        if "pending" in reasons:
            fields["notBefore"] = rfc3339(time.time() + 3600)
        if "expired" in reasons:
            fields["expiresAt"] = rfc3339(ends)
        if "rate_limited" in reasons:
            fields["rateLimit"] = {"limit": 1, "window": "30d"}
        if "quota_exceeded" in reasons:
            fields["quota"] = {"limit": 4, "window": None}
        key = self.key(self.home, **fields)
        if "rate_limited" in reasons:
            self.assertEqual(self.code(key.token, **self.request_for(())), "valid")
        if "suspended" in reasons:
            self.act(key.id, "suspend")
        if "revoked" in reasons:
            self.act(key.id, "revoke")
        return key

    def test_every_reason_alone_and_every_pair_of_a_key(self):
        cases = [(reason,) for reason in OF_THE_KEY]
        cases += [pair for pair in itertools.combinations(OF_THE_KEY, 2) if pair not in IMPOSSIBLE]
        ends = time.time() + 3 * PATIENCE
        ending = [case for case in cases if "expired" in case]
        keys = {case: self.key_with(case, ends) for case in ending}
        self.assertLess(time.time(), ends, "making the keys took longer than they were to live")
        keys |= {case: self.key_with(case, ends) for case in cases if case not in keys}
        wait_past(ends)
        for case in cases:
            with self.subTest(case):
                verdict = self.verify(keys[case].token, **self.request_for(case))
                self.assertEqual((verdict["valid"], verdict["code"]), (False, case[0]))
                self.assertEqual(verdict["keyId"], keys[case].id)

    def test_all_reasons_at_once_show_the_first_that_is_left(self):
        possible = [reason for reason in OF_THE_KEY if reason not in ("pending", "expired")]
        for first in range(len(possible)):
            reasons = possible[first:]
            with self.subTest(reasons[0]):
                key = self.key_with(reasons, 0)
                self.assertEqual(self.code(key.token, **self.request_for(reasons)), reasons[0])

    def test_what_is_wrong_with_the_token_comes_before_all_else(self):
        for reason in OF_THE_KEY:
            with self.subTest(reason):
                request = self.request_for((reason,))
                self.assertEqual(
                    self.code(with_wrong_checksum(made_up_token()), **request), "malformed"
                )
                self.assertEqual(self.code(made_up_token(), **request), "unknown")

    def test_an_ended_secret_is_revoked_before_the_key_is_anything_else(self):
        key = self.key(self.home)
        self.act(key.id, "rotate")
        self.act(key.id, "suspend")
        self.assertEqual(self.code(key.token), "revoked")
