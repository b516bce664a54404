"""A plain HTTP client for the benchmarks, and their common steps: keys made, answers checked."""

import contextlib
import json
import random
import re
import socket
import time

from common import ANSWER_SECONDS, ASKED_SCOPE, RATE_LIMIT, SCOPES, WORKSPACE, Failure, say

CONNECTIONS = 64


class Connection:
    """Keeps one connection. What is asked may be sent first and received later."""

    def __init__(self, port, token=None):
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb")
        self.fields = f"Authorization: Bearer {token}\r\n" if token else ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.input.close()
        self.socket.close()

    def send(self, method, path, body=None, fields=""):
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{self.fields}{fields}"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        self.socket.sendall(f"{head}\r\n{text}".encode())

    def _head(self):
        line = self.input.readline()
        if not line:
            raise Failure("the server closed a connection")
        status, fields = int(line.split(b" ", 2)[1]), {}
        while (line := self.input.readline()) != b"\r\n":
            name, value = line.split(b":", 1)
            fields[name.lower()] = value.strip()
        return status, fields

    def receive(self, wanted=200):
        """The body of the next answer, which must have that status."""
        status, fields = self._head()
        body = self.input.read(int(fields.get(b"content-length", 0)))
        if status != wanted:
            raise Failure(f"the answer was {status} instead of {wanted}: {body[:500]!r}")
        return body

    def ask(self, method, path, body=None, wanted=200, fields=""):
        self.send(method, path, body, fields)
        return self.receive(wanted)

    def lines(self, path, accept):
        """The lines of a chunked answer, as they come."""
        self.send("GET", path, fields=f"Accept: {accept}\r\n")
        status, fields = self._head()
        if status != 200 or fields.get(b"transfer-encoding") != b"chunked":
            raise Failure(f"GET {path} answered {status}, and no stream")
        rest = b""
        while size := int(self.input.readline().split(b";")[0], 16):
            rest += self.input.read(size)
            self.input.readline()
            *whole, rest = rest.split(b"\n")
            yield from whole
        self.input.readline()


def make_workspace(root):
    document = {
        "slug": WORKSPACE,
        "name": "Benchmark",
        "prefix": "bn",
        "environments": [{"name": "live", "tag": "live", "rateLimit": RATE_LIMIT}],
        "scopes": [{"name": name} for name in SCOPES],
    }
    root.ask("POST", "/v1/workspaces", document, wanted=201)


def key_body(number, **more):
    fields = {"name": f"key {number}", "environment": "live", "scopes": SCOPES}
    return {**fields, "owner": f"owner-{number % 1000}", **more}


def make_keys(server, count, **more):
    """Creates keys, many calls at once; returns their tokens and ids in the order of creation."""
    path, began = f"/v1/workspaces/{WORKSPACE}/keys", time.monotonic()
    pattern = re.compile(rb'"id":"(key_\w+)".*"token":"(\w+)"', re.DOTALL)
    tokens, ids = [], []
    with contextlib.ExitStack() as open_ones:
        pool = [
            open_ones.enter_context(Connection(server.port, server.root_token))
            for _ in range(min(CONNECTIONS, count))
        ]
        while len(tokens) < count:
            used = pool[: count - len(tokens)]
            for place, connection in enumerate(used):
                connection.send("POST", path, key_body(len(tokens) + place, **more))
            for connection in used:
                found = pattern.search(connection.receive(wanted=201))
                ids.append(found.group(1).decode())
                tokens.append(found.group(2).decode())
    say(f"{count:,} keys made in {time.monotonic() - began:.1f} s")
    return tokens, ids


def verify_body(token):
    return f'{{"token":"{token}","workspace":"{WORKSPACE}","scopes":["{ASKED_SCOPE}"]}}'


def check_sample(port, mode, tokens, count=200):
    """Asks about some of the tokens; each must be good. Returns how many were asked about."""
    sample = random.sample(tokens, min(count, len(tokens)))
    with Connection(port) as connection:
        for token in sample:
            if mode == "authorize":
                path = f"/v1/authorize/{WORKSPACE}/{ASKED_SCOPE}"
                connection.ask("GET", path, fields=f"X-Api-Key: {token}\r\n")
                continue
            answer = json.loads(connection.ask("POST", "/v1/verify", verify_body(token)))
            if answer["valid"] is not True or answer["rateLimit"]["limit"] != RATE_LIMIT["limit"]:
                raise Failure(f"the check of a good key came to {answer}")
    return len(sample)


def metrics(port):
    """The numbers of /metrics, by name with labels."""
    with Connection(port) as connection:
        text = connection.ask("GET", "/metrics").decode()
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def checks_counted(port):
    """How many checks the server has answered with valid since its start."""
    return int(metrics(port)['keyledger_checks_total{outcome="valid"}'])


def uses_in_ledger(server, ids):
    """The valid uses of those keys that the ledger's events hold, read from the first event on."""
    known, uses = set(ids), 0
    with Connection(server.port, server.root_token) as connection:
        for line in connection.lines("/v1/events?type=KeysUsed", "application/x-ndjson"):
            if not line:
                continue
            for row in json.loads(line)["data"]["rows"]:
                if row["keyId"] in known and row["outcome"] == "valid":
                    uses += row["count"]
    return uses


def wait_for_uses(server, ids, expected, seconds=60):
    """A use is in the ledger soon after its answer: waits until all are, and none besides."""
    end = time.monotonic() + seconds
    while (uses := uses_in_ledger(server, ids)) < expected and time.monotonic() < end:
        time.sleep(0.2)
    if uses != expected:
        raise Failure(f"{expected:,} checks were answered, and the ledger counted {uses:,}")
