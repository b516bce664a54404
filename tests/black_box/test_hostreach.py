"""Hostreach's page on its API keys, from top to bottom, behind keyledger.

The ledger is the one of `serve --dev --profile hostreach`. What a client of Hostreach sends is sent
here to authorize, as a gateway passes it on; what a person clicks is an administrator's request.
"""

import time

from cases import (
    LedgerCase,
    made_up_token,
    random_part,
    rfc3339,
    wait_past,
    with_wrong_checksum,
)

AREAS = (
    "campaigns leads extractions messaging templates accounts valuations fichas scheduling webhooks"
).split()
SCOPES = [f"{area}:{action}" for area in AREAS for action in ("read", "write")] + ["platforms:read"]
UNAUTHORIZED = {"statusCode": 401, "message": "Invalid or missing API key"}


class Hostreach(LedgerCase):
    profile = "hostreach"

    def make(self, **fields):
        return self.key("hostreach", **fields)

    def ask(self, scope="-", token=None, headers=None):
        """A request of a client that needs `scope`, as its gateway asks about it."""
        headers = {"X-Api-Key": token} if token else headers or {}
        return self.anonymous.get(f"/v1/authorize/hostreach/{scope}", headers=headers)

    def unauthorized(self, answer):
        self.assertEqual((answer.status, answer.json), (401, UNAUTHORIZED))
        self.assertEqual(answer.header("Content-Type"), "application/json")
        self.assertEqual(list(answer.json), ["statusCode", "message"])
        self.assertIs(type(answer.json["statusCode"]), int)

    def test_the_ledger_begins_with_the_contract(self):
        document = self.expect(self.root.get("/v1/workspaces/hostreach"))
        self.assertEqual([scope["name"] for scope in document["scopes"]], SCOPES)
        self.assertEqual(document["emptyScopes"], "all")
        events = self.expect(self.root.get("/v1/events?type=WorkspaceCreated"))["items"]
        self.assertEqual([event["workspace"] for event in events], ["system", "hostreach"])
        self.assertEqual([event["actor"]["kind"] for event in events], ["system", "system"])
        key = self.expect(self.root.get("/v1/me"))["id"]
        asked = f"/v1/keys/{key}?asOf={events[1]['seq']}"
        self.assertIsNone(self.expect(self.root.get(asked))["lastUsedAt"])

    def test_a_key_is_made_of_a_name_an_environment_and_scopes_and_shown_once(self):
        body = {"name": "CRM sync", "environment": "live", "scopes": ["leads:read", "leads:write"]}
        made = self.expect(self.root.post("/v1/workspaces/hostreach/keys", body), 201)
        key, token = made["key"], made["token"]
        self.assertEqual({name: key[name] for name in body}, body)
        self.assertRegex(token, r"^hr_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$")
        self.assertEqual(token.split("_")[2], key["hint"])
        shown = [
            self.root.get(f"/v1/keys/{key['id']}"),
            self.root.get("/v1/workspaces/hostreach/keys"),
            self.root.get(f"/v1/keys/{key['id']}/events"),
            self.root.get("/v1/events?limit=1000"),
        ]
        for answer in shown:
            self.expect(answer)
            self.assertNotIn(random_part(token), answer.body.decode())

    def test_production_and_development_have_their_prefixes(self):
        for environment, prefix in (("live", "hr_live_"), ("test", "hr_test_")):
            key = self.make(environment=environment)
            self.assertTrue(key.token.startswith(prefix), environment)
            self.assertEqual(self.ask(token=key.token).header("X-Key-Environment"), environment)
        answer = self.root.post(
            "/v1/workspaces/hostreach/keys", {"name": "n", "environment": "dev", "scopes": []}
        )
        self.assertEqual(answer.status, 400, answer)

    def test_a_key_is_sent_in_either_header(self):
        token = self.make().token
        for headers in (
            {"X-Api-Key": token},
            {"Authorization": f"Bearer {token}"},
            {"Authorization": f"bearer {token}"},
            {"X-Api-Key": token, "Authorization": f"Bearer {token}"},
        ):
            with self.subTest(list(headers)):
                self.assertEqual(self.ask("leads:read", headers=headers).status, 200)
        other = self.make().token
        self.unauthorized(
            self.ask(headers={"X-Api-Key": token, "Authorization": f"Bearer {other}"})
        )
        self.unauthorized(self.ask(headers={"Authorization": f"Basic {token}"}))

    def test_every_scope_opens_what_it_names_and_nothing_else(self):
        for scope in SCOPES:
            with self.subTest(scope):
                token = self.make(scopes=[scope]).token
                opened = [asked for asked in SCOPES if self.ask(asked, token).status == 200]
                self.assertEqual(opened, [scope])

    def test_no_scopes_are_full_access(self):
        token = self.make(scopes=[]).token
        for scope in SCOPES:
            self.assertEqual(self.ask(scope, token).status, 200, scope)

    def test_the_last_scope_is_not_taken_away_by_mistake(self):
        key = self.make(scopes=["leads:read"])
        path = f"/v1/keys/{key.id}/scopes"
        self.problem(self.root.put(path, {"scopes": []}), 409, "conflict")
        self.assertEqual(self.ask("leads:write", key.token).status, 403)
        self.expect(self.root.put(path, {"scopes": [], "all": True}))
        self.assertEqual(self.ask("leads:write", key.token).status, 200)

    def test_a_scope_that_the_page_does_not_have_can_not_be_given(self):
        for scope in ("platforms:write", "leads:delete", "billing:read"):
            body = {"name": "n", "environment": "live", "scopes": [scope]}
            answer = self.root.post("/v1/workspaces/hostreach/keys", body)
            self.blames(answer, "/scopes/0")

    def test_a_missing_scope_is_403_and_says_what_helps(self):
        answer = self.ask("leads:write", self.make(scopes=["leads:read"]).token)
        self.assertEqual(answer.status, 403)
        self.assertEqual(list(answer.json), ["statusCode", "message"])
        self.assertEqual(answer.json["statusCode"], 403)
        for words in ("valid", "lacks the scope", "create a new key"):
            self.assertIn(words, answer.json["message"])
        self.assertIsNone(answer.header("WWW-Authenticate"))

    def test_401_says_the_same_for_all_that_is_no_good_key(self):
        revoked, suspended, ends = self.make(), self.make(), time.time() + 1
        expired = self.make(expiresAt=rfc3339(ends))
        self.act(revoked.id, "revoke")
        self.act(suspended.id, "suspend")
        wait_past(ends)
        for token in (
            None,
            "hr_live_nonsense",
            made_up_token(),
            with_wrong_checksum(self.make().token),
            revoked.token,
            suspended.token,
            expired.token,
            self.server.root_token,
        ):
            self.unauthorized(self.ask("leads:read", token))

    def test_limits_and_quotas_are_429(self):
        limited = self.make(rateLimit={"limit": 1, "window": "1d"}).token
        used_up = self.make(quota={"limit": 1, "window": "30d"}).token
        for token, message in (
            (limited, "Too many requests"),
            (used_up, "The quota of this API key is used up"),
        ):
            self.assertEqual(self.ask("leads:read", token).status, 200)
            answer = self.ask("leads:read", token)
            self.assertEqual(answer.status, 429)
            self.assertEqual(answer.json, {"statusCode": 429, "message": message})
            self.assertRegex(answer.header("Retry-After"), r"^[1-9]\d*$")

    def test_rotation_is_a_new_key_and_then_the_end_of_the_old(self):
        old = self.make(scopes=["leads:read"])
        new = self.make(scopes=["leads:read"])
        for token in (old.token, new.token):
            self.assertEqual(self.ask("leads:read", token).status, 200)
        self.act(old.id, "revoke", {"reason": "rotated"})
        self.unauthorized(self.ask("leads:read", old.token))
        self.assertEqual(self.ask("leads:read", new.token).status, 200)
        self.assertEqual(self.document(old.id)["status"], "revoked")

    def test_a_revocation_holds_at_once(self):
        for _ in range(20):
            key = self.make()
            self.assertEqual(self.ask("leads:read", key.token).status, 200)
            self.act(key.id, "revoke")
            self.unauthorized(self.ask("leads:read", key.token))

    def test_who_am_i_answers_any_valid_key(self):
        for scopes in ([], ["platforms:read"], ["leads:read", "leads:write"]):
            key = self.make(scopes=scopes, name="Who am I", owner="acme")
            for headers in ({"X-Api-Key": key.token}, {"Authorization": f"Bearer {key.token}"}):
                answer = self.anonymous.get("/v1/me", headers=headers)
                document = self.expect(answer)
                self.assertEqual(document["id"], key.id)
                self.assertEqual((document["name"], document["owner"]), ("Who am I", "acme"))
                self.assertEqual(document["scopes"], scopes)
                self.assertNotIn(random_part(key.token), answer.body.decode())
            self.assertEqual(self.ask(token=key.token).header("X-Key-Id"), key.id)
        self.assertEqual(self.anonymous.get("/v1/me").status, 401)
