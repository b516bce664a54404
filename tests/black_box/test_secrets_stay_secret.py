"""No token, and no secret part of one, is ever written down or said twice."""

import json

from cases import LedgerCase, random_part
from harness import in_threads


class Secrets(LedgerCase):
    def places(self, needles):
        """The files below the server's directory in which one of the texts stands."""
        found = []
        for path in self.server.directory.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                found += [
                    (path.name, name) for name, text in needles.items() if text.encode() in data
                ]
        return found

    def test_after_a_busy_run_no_token_stands_in_a_file_a_log_or_a_refusal(self):
        home = self.workspace()
        keys = [self.key(home, quota={"limit": 50, "window": None}) for _ in range(20)]
        keys += [self.key(home) for _ in range(20)]
        tokens = {f"key {n}": key.token for n, key in enumerate(keys)}
        tokens["root"] = self.server.root_token
        for number, key in enumerate(keys[::4]):
            tokens[f"rotated {number}"] = self.act(key.id, "rotate", {"grace": "1h"})["token"]
        said = [answer.body for answer in self.mistakes(home, keys[0].token)]

        def check(index):
            client = self.server.client()
            for token in list(tokens.values())[index::4]:
                for fields in (
                    {},
                    {"durable": True},
                    {"scopes": ["a:b"]},
                    {"workspace": "nowhere"},
                ):
                    said.append(client.post("/v1/verify", {"token": token, **fields}).body)
                said.append(
                    client.get(
                        f"/v1/authorize/{home}/a:b?key={token}",
                        headers={"Authorization": "Bearer " + token},
                    ).body
                )
            client.close()

        in_threads(4, check)
        self.expect(self.root.post("/v1/tokens:revoke", {"tokens": [keys[1].token, "unknown"]}))
        for path in (
            "/v1/events?limit=1000",
            f"/v1/workspaces/{home}/keys?limit=1000",
            "/metrics",
            "/v1/me",
        ):
            said.append(self.root.get(path).body)

        needles = {}
        for name, token in tokens.items():
            needles[name] = token
            needles[name + ", its random part"] = random_part(token)
        for name, text in needles.items():
            for body in said:
                self.assertNotIn(text.encode(), body, name)
        self.assertEqual(self.places(needles), [])
        self.crash()
        self.assertEqual(self.places(needles), [])
        self.restart()
        self.assertEqual(self.places(needles), [])

    def mistakes(self, home, token):
        """Requests in which a token stands where none belongs; their answers."""
        raw = json.dumps({"token": token})
        yield self.root.get(f"/v1/keys/{token}")
        yield self.root.get(f"/v1/nowhere/{token}?token={token}")
        yield self.root.get(f"/v1/workspaces/{token}")
        yield self.root.get(f"/v1/workspaces/{home}/keys?status={token}")
        yield self.root.get(f"/v1/workspaces/{home}/keys?cursor={token}")
        # These are answered, and reading the history is an event.
        key = self.key(home).id
        for path in (
            f"/v1/events?workspace={token}",
            f"/v1/access?scope=a:b&resource=a/{token}",
            f"/v1/access?scope={token}:read",
            f"/v1/keys/{key}/explanation?environment={token}",
            f"/v1/keys/{key}/explanation?resource=a/x{token}",
            f"/v1/workspaces/{home}/keys?asOf=1&environment={token}",
            f"/v1/workspaces/{home}/keys?asOf=1&owner={token}",
        ):
            yield self.root.get(path)
        yield self.root.request(token.replace("_", "-"), "/v1/me")
        yield self.root.post(f"/v1/workspaces/{home}/keys", {"name": [token], "surprise": token})
        yield self.root.post(f"/v1/keys/{token}:revoke", {})
        yield self.root.post("/v1/tokens:revoke", {"tokens": token})
        yield self.anonymous.post("/v1/verify", {"token": token, "ip": token, "scopes": [token]})
        yield self.anonymous.post("/v1/verify", raw.encode() + b"}")
        yield self.anonymous.post("/v1/verify", {"token": [token]})
        yield self.anonymous.get(f"/v1/authorize/{home}/{token}", headers={"X-Api-Key": token})
        yield self.anonymous.get(f"/v1/errors/{home}/{token}")
        yield self.anonymous.get("/v1/me", token=token + "x")
        yield self.anonymous.get("/v1/me", headers={"Authorization": "Basic " + token})
        yield self.anonymous.post(
            "/v1/introspect", f"token={token}".encode(), content_type="text/plain"
        )
        yield self.anonymous.post(
            "/v1/verify", {"token": "x"}, headers={"X-Ledger-At-Least": token}
        )
