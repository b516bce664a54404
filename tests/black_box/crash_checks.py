"""What crash_test.py asks a server that has come back."""

import collections

from cases import usage_counts
from crash_writers import QUOTAS, KeyWriter, PlainChecker, QuotaSpender
from harness import PATIENCE

# A plain use is committed within 100 ms of its answer; a busy machine gets more time.
COMMITTED_SECONDS = 0.6 * PATIENCE
LIFE_CYCLE = {
    "create": "KeyCreated",
    "rotate": "KeyRotated",
    "suspend": "KeySuspended",
    "resume": "KeyResumed",
    "revoke": "KeyRevoked",
}


def need(condition, text, *shown):
    if not condition:
        raise AssertionError(" ".join([text, *map(repr, shown)]))


class Checks:
    def __init__(self, shared, writers, counts):
        self.shared, self.counts = shared, counts
        self.key_writers = [writer for writer in writers if isinstance(writer, KeyWriter)]
        self.spenders = [writer for writer in writers if isinstance(writer, QuotaSpender)]
        self.checkers = [writer for writer in writers if isinstance(writer, PlainChecker)]
        self.next_seq = 0
        self.last_time = ""
        self.revisions = {}  # stream -> its newest revision
        self.lives = collections.defaultdict(list)  # key id -> (seq, type) of its life-cycle events
        self.gaps = 0
        self.seen_keys = [0] * len(self.key_writers)
        self.at_least = collections.Counter()  # plain uses that must be in the ledger, by key
        self.at_most = collections.Counter()

    def after_a_crash(self, root, killed):
        gaps = self.gaps
        self.read_events(root)
        need(self.gaps > gaps, "no UsageGap after a kill")
        for number, writer in enumerate(self.key_writers):
            self.check_keys(root, writer, writer.keys[max(0, self.seen_keys[number] - 12) :])
            self.seen_keys[number] = len(writer.keys)
        self.check_quotas(root, self.shared.quota_keys[-2 * len(QUOTAS) :])
        self.check_uses(root, killed)
        self.read_events(root)
        root.close()

    def at_the_end(self, root):
        """All keys and quotas of all rounds once more."""
        self.next_seq, self.last_time, self.gaps = 0, "", 0
        self.revisions.clear()
        self.lives.clear()
        self.read_events(root)
        for writer in self.key_writers:
            for key in writer.keys:
                if key.id:
                    self.check_life(key)
                    self.check_document(root, key)
        self.check_quotas(root, self.shared.quota_keys)
        self.counts["events"] = self.next_seq
        root.close()

    def ask(self, client, method, path, body=None, headers=()):
        answer = client.request(method, path, body, headers)
        need(answer.status == 200, f"{method} {path} answered", answer)
        return answer

    def read_events(self, root):
        """Reads what is new: seqs without a hole, times in order, each stream's revisions too."""
        head = self.ask(root, "GET", "/v1/workspaces?limit=1").seq
        while self.next_seq <= head:
            items = self.ask(root, "GET", f"/v1/events?from={self.next_seq}&limit=1000").json[
                "items"
            ]
            need(items, "the events end before the newest one", self.next_seq, head)
            for event in items:
                need(event["seq"] == self.next_seq, "the seqs have a hole", self.next_seq, event)
                need(event["time"] >= self.last_time, "time went back", self.last_time, event)
                revision = self.revisions.get(event["stream"], 0) + 1
                need(event["revision"] == revision, "the stream has a hole", revision, event)
                self.next_seq += 1
                self.last_time = event["time"]
                self.revisions[event["stream"]] = revision
                self.gaps += event["type"] == "UsageGap"
                if event["type"] in LIFE_CYCLE.values():
                    self.lives[event["stream"]].append((event["seq"], event["type"]))

    def check_keys(self, root, writer, keys):
        """Nothing acknowledged is missing, and what is asked once more is not done once more."""
        cut_off, writer.pending = writer.pending, None
        for key in keys:
            if cut_off and cut_off[0] is key:
                continue
            self.check_life(key)
            self.check_document(root, key)
            self.check_tokens(key)
        for key in keys[-4:]:
            if not (cut_off and cut_off[0] is key):
                self.check_replay(root, key)
        if cut_off:
            self.finish(root, writer, *cut_off)

    def check_life(self, key):
        told = self.lives[key.id]
        wanted = [LIFE_CYCLE[self.action(path)] for path, _, _ in key.requests]
        need(
            [name for _, name in told] == wanted,
            "the events of a key are not what was acknowledged",
            key.id,
            told,
            wanted,
        )
        need(
            [seq for seq, _ in told] == key.seqs,
            "an answer named another seq than its event's",
            key.id,
            told,
            key.seqs,
        )
        self.counts["changes found again"] += len(told)

    @staticmethod
    def action(path):
        return path.rsplit(":", 1)[1] if ":" in path else "create"

    def check_document(self, root, key):
        document = self.ask(root, "GET", f"/v1/keys/{key.id}").json
        need(
            (document["status"], document["revision"], document["owner"])
            == (key.status, len(key.requests), key.owner),
            "a key is not as it was acknowledged",
            document,
        )

    def check_tokens(self, key):
        """The newest token answers as the key stands; one that a rotation ended is revoked."""
        client = self.shared.server.client()
        code = "valid" if key.status == "active" else key.status
        for token, wanted in [(key.tokens[-1], code)] + [
            (token, "revoked") for token in key.tokens[:-1]
        ]:
            verdict = (
                self.ask(client, "POST", "/v1/verify", {"token": token}).json if token else None
            )
            need(
                verdict is None or verdict["code"] == wanted,
                "a token's code is wrong",
                wanted,
                verdict,
            )
        client.close()

    def check_replay(self, root, key):
        """Every acknowledged request once more, with its Idempotency-Key: no second event."""
        for path, body, named in key.requests:
            answer = self.ask(root, "POST", path, body, {"Idempotency-Key": named})
            need(
                answer.header("Idempotent-Replayed") == "true",
                "a repeated request was not known",
                answer,
            )
            document = answer.json.get("key", answer.json)
            need(document["id"] == key.id, "a repeated request answered for another key", answer)
            self.counts["requests replayed"] += 1
        self.check_document(root, key)

    def finish(self, root, writer, key, action, path, body, named):
        """The request that was cut off, once more: had it come through or not, it is one event."""
        answer = root.post(path, body, headers={"Idempotency-Key": named})
        replayed = answer.header("Idempotent-Replayed") == "true"
        need(answer.status in (200, 201), "a repeated request was refused", answer)
        self.counts["cut off, yet written" if replayed else "cut off and not written"] += 1
        self.read_events(root)
        if action == "create":
            listed = self.ask(root, "GET", f"/v1/workspaces/crash/keys?owner={key.owner}").json[
                "items"
            ]
            need(len(listed) == 1, "a repeated creation made another key", listed)
        document = answer.json.get("key", answer.json)
        key.id = document["id"]
        told = self.lives[key.id]
        need(
            len(told) == len(key.requests) + 1 and told[-1][1] == LIFE_CYCLE[action],
            "a repeated request is not one event",
            action,
            told,
            key.requests,
        )
        if action in ("create", "rotate"):
            key.tokens.append(
                answer.json["token"]
            )  # null if it had come through: nobody knows that token
        key.status = self.ask(root, "GET", f"/v1/keys/{key.id}").json["status"]
        key.requests.append((path, body, named))
        key.seqs.append(told[-1][0])
        self.check_document(root, key)

    def check_quotas(self, root, keys):
        for key_id, _, limit in keys:
            quota = self.ask(root, "GET", f"/v1/keys/{key_id}").json["quota"]
            told = sum(spender.spent[key_id] for spender in self.spenders)
            cut_off = sum(spender.unknown[key_id] for spender in self.spenders)
            spent = limit - quota["remaining"]
            need(told <= limit, "a quota was overshot", key_id, told)
            need(told <= spent, "an acknowledged spend is missing", key_id, told, quota)
            need(
                spent <= told + cut_off,
                "a quota lost units that nobody spent",
                key_id,
                told,
                cut_off,
                quota,
            )
            self.counts["quotas checked"] += 1

    def check_uses(self, root, killed):
        """What was answered long enough before the kill is there, and nothing beyond it."""
        for checker in self.checkers:
            for key_id, when in checker.answered:
                self.at_most[key_id] += 1
                self.at_least[key_id] += when < killed - COMMITTED_SECONDS
            checker.answered.clear()
            self.at_most.update(checker.cut_off)
            checker.cut_off.clear()
        for key_id, _ in self.shared.plain_keys:
            usage = self.ask(root, "GET", f"/v1/keys/{key_id}/usage?bucket=1d").json
            counted = usage_counts(usage)["valid"]
            need(
                self.at_least[key_id] <= counted <= self.at_most[key_id],
                "uses are missing or made up",
                self.at_least[key_id],
                counted,
                self.at_most[key_id],
            )
            # What the crash took is gone for good: from here on, count from what is there.
            self.at_least[key_id] = self.at_most[key_id] = counted
