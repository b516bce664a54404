"""The clients of crash_test.py: each writes until the connection breaks, and notes the answers."""

import collections
import http.client
import random
import time
import uuid

BROKEN = (OSError, EOFError, http.client.HTTPException)
# Of the quota keys in use at once, shared by all spenders: some are used up soon, some never.
QUOTAS = (30, 120, 500, 100_000)
CHECKED_KEYS = 3  # plain keys, shared by all checkers


class Shared:
    """What all writers use: the workspace, quota keys that still have units, and plain keys."""

    def __init__(self, server, root):
        self.server = server
        document = {
            "slug": "crash",
            "name": "Crash",
            "prefix": "hr",
            "environments": [{"name": "live", "tag": "live"}],
        }
        answer = root.post("/v1/workspaces", document)
        assert answer.status == 201, answer
        self.quota_keys = []  # (id, token, limit), all that there ever were
        self.plain_keys = [self.make(root) for _ in range(CHECKED_KEYS)]

    @staticmethod
    def make(root, **fields):
        body = {"name": "shared", "environment": "live", "scopes": []} | fields
        answer = root.post("/v1/workspaces/crash/keys", body)
        assert answer.status == 201, answer
        return answer.json["key"]["id"], answer.json["token"]

    def prepare(self, root):
        """New quota keys for the next round: what is used up no longer tests anything."""
        for limit in QUOTAS:
            key = self.make(root, quota={"limit": limit, "window": None})
            self.quota_keys.append((*key, limit))
        root.close()


class Writer:
    """Runs on a thread of its own, once a round."""

    def __init__(self, shared, number, seed):
        self.shared, self.number = shared, number
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.failure = None  # something that no crash explains
        self.pending = None  # what was asked for when the connection broke

    def run(self):
        self.pending = None
        client = self.shared.server.client(self.token())
        try:
            while True:
                self.step(client)
        except BROKEN:
            self.counts["answers cut off"] += self.pending is not None
        except BaseException as failure:
            self.failure = failure
        finally:
            client.close()

    def token(self):
        return None


class WrittenKey:
    """A key of one writer, as its acknowledged answers say that it is."""

    def __init__(self, owner):
        self.owner = owner
        self.id = None
        self.requests = (
            []
        )  # (path, body, Idempotency-Key) of each acknowledged change, oldest first
        self.seqs = []  # what each answered in X-Ledger-Seq
        self.tokens = []  # oldest first; all but the last have ended
        self.status = "active"


class KeyWriter(Writer):
    """Makes, rotates, suspends, resumes and revokes keys of its own."""

    def __init__(self, shared, number, seed):
        super().__init__(shared, number, seed)
        self.keys = []

    def token(self):
        return self.shared.server.root_token

    def step(self, client):
        living = [key for key in self.keys[-12:] if key.id and key.status != "revoked"]
        if len(living) < 3 or self.random.random() < 0.3:
            self.create(client)
        else:
            key = self.random.choice(living)
            resumes = key.status == "suspended"
            self.change(
                client,
                key,
                self.random.choice(["rotate", "revoke", "resume" if resumes else "suspend"]),
            )

    def create(self, client):
        key = WrittenKey(f"writer-{self.number}-{uuid.UUID(int=self.random.getrandbits(128))}")
        self.keys.append(key)
        body = {"name": "written", "environment": "live", "scopes": ["a:b"], "owner": key.owner}
        self.ask(client, key, "create", "/v1/workspaces/crash/keys", body)

    def change(self, client, key, action):
        body = {"grace": "0s"} if action == "rotate" else {"reason": "a test"}
        self.ask(client, key, action, f"/v1/keys/{key.id}:{action}", body)

    def ask(self, client, key, action, path, body):
        """Sends one change, and notes it once it is acknowledged."""
        named = str(uuid.UUID(int=self.random.getrandbits(128)))
        self.pending = (key, action, path, body, named)
        answer = client.post(path, body, headers={"Idempotency-Key": named})
        if answer.status == 503:
            raise ConnectionError(f"going down: {answer}")
        assert answer.status == (201 if action == "create" else 200), answer
        self.pending = None
        self.note(key, action, path, body, named, answer)

    def note(self, key, action, path, body, named, answer):
        document = answer.json
        if action in ("create", "rotate"):
            key.tokens.append(document["token"])
            document = document["key"]
        key.id = document["id"]
        key.status = document["status"]
        key.requests.append((path, body, named))
        key.seqs.append(answer.seq)
        self.counts[f"{action} acknowledged"] += 1


class QuotaSpender(Writer):
    """Spends the quotas that all spenders share."""

    def __init__(self, shared, number, seed):
        super().__init__(shared, number, seed)
        self.spent = collections.Counter()  # key id -> units of acknowledged spends
        self.unknown = collections.Counter()  # key id -> units of spends that were cut off

    def step(self, client):
        key_id, token, _ = self.random.choice(self.shared.quota_keys[-len(QUOTAS) :])
        cost = self.random.choice((1, 1, 1, 2, 3))
        self.pending = (key_id, cost)
        try:
            answer = client.post("/v1/verify", {"token": token, "cost": cost})
        except BROKEN:
            self.unknown[key_id] += cost
            raise
        if answer.status == 503:
            self.unknown[key_id] += cost
            raise ConnectionError(f"going down: {answer}")
        self.pending = None
        assert answer.status == 200, answer
        verdict = answer.json
        assert verdict["code"] in ("valid", "quota_exceeded"), verdict
        if verdict["valid"]:
            self.spent[key_id] += cost
            self.counts["quota units acknowledged"] += cost
        else:
            self.counts["quota spends denied"] += 1


class PlainChecker(Writer):
    """Checks plain keys, whose uses are committed a little after the answer."""

    def __init__(self, shared, number, seed):
        super().__init__(shared, number, seed)
        self.answered = []  # (key id, when), of this round
        self.cut_off = collections.Counter()

    def step(self, client):
        key_id, token = self.random.choice(self.shared.plain_keys)
        self.pending = key_id
        try:
            answer = client.post("/v1/verify", {"token": token})
        except BROKEN:
            self.cut_off[key_id] += 1
            raise
        self.pending = None
        assert answer.status == 200 and answer.json["valid"], answer
        self.answered.append((key_id, time.monotonic()))
        self.counts["plain checks answered"] += 1
