"""The test case that all tests share: a server for each class, and short words for common steps."""

import collections
import datetime
import itertools
import secrets
import string
import time
import unittest
import zlib

from client import RawConnection
from harness import DevServer, Server, eventually

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
OUTCOMES = (
    "valid malformed unknown revoked suspended pending expired wrong_workspace wrong_environment "
    "ip_not_allowed wrong_resource insufficient_scope rate_limited quota_exceeded other"
).split()

Key = collections.namedtuple("Key", "id token document")
numbers = itertools.count(1)


def rfc3339(moment):
    """Seconds since the epoch as the API writes a time."""
    text = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    return text.strftime("%Y-%m-%dT%H:%M:%S.") + f"{text.microsecond // 1000:03d}Z"


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def base62_of_crc(text):
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


def made_up_token(prefix="hr", tag="live"):
    """A token of the right shape and with the right checksum that nobody was given."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(40))
    start = f"{prefix}_{tag}_{letters[:8]}_{letters[8:]}"
    return start + base62_of_crc(start)


def with_wrong_checksum(token):
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def random_part(token):
    """The 32 secret characters of a token."""
    return token.rsplit("_", 1)[1][:32]


def wait_past(moment):
    """Time itself is the matter: returns when the wall clock is later than `moment`."""
    while (left := moment - time.time()) >= 0:
        time.sleep(left + 0.005)


def away_from_turn(window, needed):
    """Returns when a window of `window` seconds has still `needed` seconds to go."""
    left = window - time.time() % window
    if left < needed:
        wait_past(time.time() + left)


def usage_counts(usage):
    """The sum of the buckets, by outcome. A bucket has its counts in an object or as own fields."""
    sums = collections.Counter()
    for bucket in usage["items"]:
        inner = [v for v in bucket.values() if isinstance(v, dict)]
        for outcome, count in (inner[0] if inner else bucket).items():
            if outcome in OUTCOMES and isinstance(count, int) and count:
                sums[outcome] += count
    return sums


class LedgerCase(unittest.TestCase):
    """One server for the class; a failing test shows what the server logged meanwhile."""

    arguments = ()
    config = None
    profile = None  # of a throw-away ledger, which then has that workspace alone
    server = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        if cls.profile:
            cls.server = DevServer(cls.profile, cls.arguments)
        else:
            cls.server = Server(cls.arguments, cls.config)
        cls.addClassCleanup(cls.server.close)
        cls.server.init()
        cls.server.start()
        cls.connect()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    @classmethod
    def connect(cls):
        """Clients of the server as it now runs."""
        cls.root = cls.server.client(cls.server.root_token)
        cls.anonymous = cls.server.client()

    def restart(self):
        self.server.restart()
        self.connect()

    def crash(self):
        self.server.crash()
        self.connect()

    def run(self, result=None):
        known = len(result.failures) + len(result.errors) if result is not None else 0
        mark = self.server.log_size() if self.server else 0
        outcome = super().run(result)
        if result is not None and len(result.failures) + len(result.errors) > known:
            for failures in (result.failures, result.errors):
                if failures and failures[-1][0].id().startswith(self.id()):
                    test, text = failures[-1]
                    log = self.server.log_tail(mark) or "nothing"
                    failures[-1] = (test, f"{text}\nThe server logged meanwhile:\n{log}\n")
        return outcome

    def expect(self, answer, status=200):
        """The JSON of an answer that must have that status."""
        self.assertEqual(answer.status, status, answer)
        return answer.json if answer.body else None

    def problem(self, answer, status, code=None):
        """The problem document of a refusal."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(
            (answer.header("Content-Type") or "").split(";")[0], "application/problem+json"
        )
        document = answer.json
        self.assertEqual(document["status"], status)
        for field in ("type", "title", "detail", "code", "requestId"):
            self.assertIsInstance(document[field], str, field)
        if code is not None:
            self.assertEqual(document["code"], code, document)
        return document

    def blames(self, answer, pointer):
        """A 400 that names the field."""
        document = self.problem(answer, 400, "invalid_request")
        self.assertIn(pointer, [error["pointer"] for error in document["errors"]], document)

    def raw(self):
        return RawConnection(self.server.host, self.server.port)

    def workspace(self, **fields):
        """Makes a workspace; returns its slug. `fields` go into the document or replace its own."""
        slug = f"ws-{next(numbers)}-{secrets.token_hex(3)}"
        document = {
            "slug": slug,
            "name": "A tenant",
            "prefix": "hr",
            "environments": [{"name": "live", "tag": "live"}, {"name": "test", "tag": "test"}],
        }
        document.update(fields)
        self.expect(self.root.post("/v1/workspaces", document), 201)
        return document["slug"]

    def key(self, workspace, **fields):
        body = {"name": f"key {next(numbers)}", "environment": "live", "scopes": []}
        body.update(fields)
        answer = self.expect(self.root.post(f"/v1/workspaces/{workspace}/keys", body), 201)
        return Key(answer["key"]["id"], answer["token"], answer["key"])

    def admin(self, scopes, **fields):
        """An admin key with those scopes; returns the key."""
        system = self.expect(self.root.get("/v1/workspaces/system"))
        return self.key(
            "system", scopes=scopes, environment=system["environments"][0]["name"], **fields
        )

    def document(self, key_id, query=""):
        return self.expect(self.root.get(f"/v1/keys/{key_id}{query}"))

    def act(self, key_id, action, body=None):
        return self.expect(
            self.root.post(f"/v1/keys/{key_id}:{action}", body if body is not None else {})
        )

    def verify(self, token, client=None, **fields):
        return self.expect(
            (client or self.anonymous).post("/v1/verify", {"token": token, **fields})
        )

    def code(self, token, **fields):
        """The code that a check of the token comes to."""
        verdict = self.verify(token, **fields)
        self.assertEqual(verdict["valid"], verdict["code"] == "valid", verdict)
        return verdict["code"]

    def history(self, key_id):
        """All events of a key, oldest first."""
        items = self.expect(self.root.get(f"/v1/keys/{key_id}/events?limit=1000"))["items"]
        return items

    def life(self, key_id):
        """The types of a key's life-cycle events, oldest first."""
        types = [event["type"] for event in self.history(key_id)]
        return [name for name in types if name.startswith("Key") and name != "KeysUsed"]

    def usage(self, key_id, query=""):
        return usage_counts(self.expect(self.root.get(f"/v1/keys/{key_id}/usage{query}")))

    def used(self, key_id, expected, deadline=5):
        """Waits until the key's usage is what is expected."""
        seen = []

        def same():
            seen[:] = [self.usage(key_id)]
            return seen[0] == expected

        try:
            eventually(same, deadline)
        except AssertionError:
            self.assertEqual(seen[0], expected)
