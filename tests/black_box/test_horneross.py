"""Horneross's page on its API keys (in Spanish), from top to bottom, behind keyledger.

The ledger is the one of `serve --dev`, with the profile named by its file. What a client sends is
sent here to authorize, as a gateway does; what a person clicks is an administrator's request.
"""

import glob
import os
import time
import unittest

from cases import LedgerCase, away_from_turn, made_up_token, random_part
from harness import ROOT, eventually

FAKETIME = os.environ.get("BLACK_BOX_FAKETIME") or next(
    iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None
)
MONTH_DAYS = 30

PERMISSIONS = (
    "agents:read agents:write conversations:read conversations:write "
    "datastores:read datastores:write analytics:read"
).split()
UNAUTHORIZED = '{"error":{"code":"unauthorized","message":"API key inválida o faltante"}}'
FORBIDDEN = (
    '{"error":{"code":"forbidden","message":"No tenés permisos para acceder a este recurso"}}'
)
AGENT_KEY = {
    "scopes": ["agents:read", "conversations:read", "conversations:write"],
    "resource": {"kind": "agent", "id": "agent_123"},
}


class HorneroCase(LedgerCase):
    profile = ROOT / "tools" / "profiles" / "horneross.json"

    def make(self, **fields):
        return self.key("horneross", **({"environment": "production"} | fields))

    def ask(self, wanted, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.anonymous.get(f"/v1/authorize/horneross/{wanted}", headers=headers)

    def allowed(self, answer):
        self.assertEqual(answer.status, 200, answer)
        return answer

    def denied(self, answer, status, body):
        self.assertEqual((answer.status, answer.body.decode()), (status, body))
        self.assertEqual(answer.header("Content-Type"), "application/json")


class Horneross(HorneroCase):
    def test_a_key_is_made_of_a_name_and_permissions_and_shown_once(self):
        key = self.make(name="Producción", scopes=["conversations:write", "agents:read"])
        self.assertEqual(key.document["name"], "Producción")
        self.assertEqual(set(key.document["scopes"]), {"agents:read", "conversations:write"})
        for path in (f"/v1/keys/{key.id}", f"/v1/keys/{key.id}/events", "/v1/events?limit=1000"):
            text = self.root.get(path).body.decode()
            self.assertNotIn(random_part(key.token), text)
        listed = self.expect(self.root.get("/v1/workspaces/horneross/keys?q=Producci%C3%B3n"))
        self.assertIn(key.id, [item["id"] for item in listed["items"]])

    def test_production_staging_and_development_have_keys_of_their_own(self):
        prefixes = {"production": "hr_sk_", "staging": "hr_sk_", "dev": "hr_dev_"}
        limits = {}
        for environment, prefix in prefixes.items():
            key = self.make(environment=environment, scopes=["*"])
            self.assertRegex(key.token, f"^{prefix}[0-9A-Za-z]{{8}}_[0-9A-Za-z]{{38}}$")
            answer = self.allowed(self.ask("agents:read", key.token))
            self.assertEqual(answer.header("X-Key-Environment"), environment)
            limits[environment] = int(answer.header("X-RateLimit-Limit"))
            for other in prefixes:
                verdict = self.code(key.token, environment=other)
                self.assertEqual(verdict, "valid" if other == environment else "wrong_environment")
        self.assertEqual((limits["production"], limits["staging"]), (300, 300))
        self.assertLess(limits["dev"], 300)

    def test_every_permission_opens_what_it_names_and_nothing_else(self):
        for permission in PERMISSIONS:
            with self.subTest(permission):
                token = self.make(scopes=[permission]).token
                opened = [asked for asked in PERMISSIONS if self.ask(asked, token).status == 200]
                self.assertEqual(opened, [permission])
        self.assertEqual(self.ask("agents:read", self.make(scopes=[]).token).status, 403)

    def test_an_organisation_key_reaches_every_agent_and_everything_else(self):
        for scopes in (PERMISSIONS, ["*"]):
            token = self.make(scopes=scopes).token
            for permission in PERMISSIONS:
                self.allowed(self.ask(permission, token))
                self.allowed(self.ask(f"{permission}/agent/agent_123", token))
                self.allowed(self.ask(f"{permission}/agent/another", token))

    def test_an_agent_key_talks_with_its_agent_and_neither_changes_it_nor_reaches_another(self):
        token = self.make(**AGENT_KEY).token
        for wanted in ("conversations:write", "conversations:read", "agents:read"):
            self.allowed(self.ask(f"{wanted}/agent/agent_123", token))
            self.denied(self.ask(f"{wanted}/agent/agent_124", token), 403, FORBIDDEN)
            self.denied(self.ask(f"{wanted}/datastore/agent_123", token), 403, FORBIDDEN)
            self.denied(self.ask(wanted, token), 403, FORBIDDEN)
        self.denied(self.ask("agents:write/agent/agent_123", token), 403, FORBIDDEN)
        self.denied(self.ask("datastores:read", token), 403, FORBIDDEN)
        # Not even with all permissions.
        bound = self.make(scopes=["*"], resource=AGENT_KEY["resource"]).token
        self.allowed(self.ask("agents:read/agent/agent_123", bound))
        self.denied(self.ask("agents:read/agent/another", bound), 403, FORBIDDEN)
        self.denied(self.ask("analytics:read", bound), 403, FORBIDDEN)

    def test_a_key_is_sent_as_a_bearer_token_and_401_says_why_not(self):
        key = self.make(scopes=["agents:read"])
        self.allowed(self.ask("agents:read", key.token))
        revoked = self.make(scopes=["*"])
        self.act(revoked.id, "revoke")
        for token in (None, "hr_sk_nonsense", made_up_token(tag="sk"), revoked.token):
            answer = self.ask("agents:read", token)
            self.denied(answer, 401, UNAUTHORIZED)
            self.assertRegex(answer.header("WWW-Authenticate"), r'^Bearer realm="horneross"')
        self.denied(self.ask("agents:write", key.token), 403, FORBIDDEN)

    def test_the_limit_is_per_key_and_minute_and_told_with_each_answer(self):
        away_from_turn(60, 15)
        key, other = self.make(scopes=["*"]), self.make(scopes=["*"])
        for left in range(299, 274, -1):
            answer = self.allowed(self.ask("agents:read", key.token))
            self.assertEqual(answer.header("X-RateLimit-Limit"), "300")
            self.assertEqual(answer.header("X-RateLimit-Remaining"), str(left))
        self.assertEqual(answer.header("X-RateLimit-Remaining"), "275")
        reset = int(answer.header("X-RateLimit-Reset"))
        self.assertEqual(reset % 60, 0)
        self.assertTrue(0 <= reset - time.time() <= 60, reset)
        answer = self.ask("agents:read", other.token)
        self.assertEqual(answer.header("X-RateLimit-Remaining"), "299")

    def test_a_development_key_reaches_its_lower_limit(self):
        away_from_turn(60, 15)
        token = self.make(environment="dev", scopes=["*"]).token
        limit = int(self.ask("-", token).header("X-RateLimit-Limit"))
        for _ in range(limit - 1):
            self.allowed(self.ask("-", token))
        answer = self.ask("-", token)
        self.assertEqual(answer.status, 429, answer)
        self.assertEqual(answer.json["error"]["code"], "too_many_requests")
        self.assertIn("límite", answer.json["error"]["message"])
        self.assertEqual(answer.header("X-RateLimit-Remaining"), "0")
        self.assertTrue(1 <= int(answer.header("Retry-After")) <= 60)

    def test_a_renewed_key_has_a_new_token_and_the_older_one_stops_at_once(self):
        key = self.make(**AGENT_KEY)
        self.allowed(self.ask("agents:read/agent/agent_123", key.token))
        renewed = self.act(key.id, "rotate")
        self.denied(self.ask("agents:read/agent/agent_123", key.token), 401, UNAUTHORIZED)
        answer = self.allowed(self.ask("agents:read/agent/agent_123", renewed["token"]))
        self.assertEqual(answer.header("X-Key-Id"), key.id)
        self.assertRegex(renewed["token"], r"^hr_sk_")
        self.assertEqual(renewed["key"]["resource"], AGENT_KEY["resource"])

    def test_a_revocation_can_not_be_undone(self):
        key = self.make(scopes=["*"])
        self.allowed(self.ask("agents:read", key.token))
        self.act(key.id, "revoke", {"reason": "visto en un repositorio"})
        self.denied(self.ask("agents:read", key.token), 401, UNAUTHORIZED)
        for action in ("resume", "rotate"):
            answer = self.root.post(f"/v1/keys/{key.id}:{action}", {})
            self.problem(answer, 409, "conflict")
        self.denied(self.ask("agents:read", key.token), 401, UNAUTHORIZED)
        self.assertEqual(self.document(key.id)["status"], "revoked")

    def test_a_person_reviews_what_a_key_did_and_ends_it_on_suspicion(self):
        key = self.make(**AGENT_KEY)
        for _ in range(3):
            self.ask("conversations:write/agent/agent_123", key.token)
        for other in ("agent_124", "agent_125"):
            self.ask(f"conversations:write/agent/{other}", key.token)
        self.used(key.id, {"valid": 3, "wrong_resource": 2})
        eventually(lambda: self.document(key.id)["lastUsedAt"], what="a last use")
        uses = self.root.get("/v1/events?type=KeysUsed&limit=1000").json["items"]
        rows = [row for event in uses for row in event["data"]["rows"] if row["keyId"] == key.id]
        tried = [row for row in rows if row["outcome"] == "wrong_resource"]
        self.assertEqual({row["scope"] for row in tried}, {"conversations:write"})
        self.assertEqual(sum(row["count"] for row in tried), 2)
        ended = self.act(key.id, "revoke", {"reason": "uso sospechoso"})
        self.assertEqual(ended["status"], "revoked")
        self.denied(self.ask("conversations:read/agent/agent_123", key.token), 401, UNAUTHORIZED)
        last = [event for event in self.history(key.id) if event["type"] == "KeyRevoked"]
        self.assertEqual([event["reason"] for event in last], ["uso sospechoso"])


@unittest.skipUnless(FAKETIME, "libfaketime is not installed")
@unittest.skipIf(os.environ.get("BLACK_BOX_SANITIZED"), "sanitizers want to be loaded first")
class OldKeys(LedgerCase):
    """Keys that were last renewed some months ago, by a server whose clock has moved on."""

    def test_keys_older_than_some_months_are_listed_until_they_are_renewed(self):
        self.expect(self.root.post("/v1/workspaces", HorneroCase.profile.read_bytes()), 201)
        old, renewed = (
            self.key("horneross", environment="production", scopes=["*"]) for _ in range(2)
        )
        self.server.stop()
        self.server.start(
            {
                "LD_PRELOAD": FAKETIME,
                "FAKETIME": f"+{4 * MONTH_DAYS}d",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        )
        self.connect()
        self.key("horneross", environment="production", scopes=["*"])
        self.act(renewed.id, "rotate")
        for months, expected in ((3, [old.id]), (5, [])):
            path = f"/v1/workspaces/horneross/keys?rotatedBefore=-{months * MONTH_DAYS}d"
            listed = self.expect(self.root.get(path))["items"]
            self.assertEqual([key["id"] for key in listed], expected)
