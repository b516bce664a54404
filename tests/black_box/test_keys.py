"""Keys: made, read and changed."""

import re
import time

from cases import LedgerCase, base62_of_crc, rfc3339, seconds_of

FIELDS = set(
    "id workspace name environment hint scopes resource owner metadata status createdAt notBefore "
    "expiresAt rotatedAt suspendedAt revokedAt lastUsedAt rateLimit quota allowedIps secrets "
    "revision seq".split()
)


class Keys(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def create(self, body, **named):
        return self.root.post(f"/v1/workspaces/{self.home}/keys", body, **named)

    def test_a_new_key_has_every_field_and_a_token_of_the_stated_shape(self):
        answer = self.create({"name": "Plain", "environment": "live", "scopes": []})
        made = self.expect(answer, 201)
        key, token = made["key"], made["token"]
        self.assertLessEqual(FIELDS, set(key))
        self.assertRegex(key["id"], r"^key_[0-7][0-9A-HJKMNP-TV-Z]{25}$")
        parts = re.fullmatch(r"hr_live_([0-9A-Za-z]{8})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})", token)
        self.assertIsNotNone(parts, "the token's shape")
        self.assertEqual(parts.group(1), key["hint"])
        self.assertEqual(parts.group(3), base62_of_crc(token[:-6]))
        self.assertEqual(key["status"], "active")
        self.assertEqual(key["workspace"], self.home)
        self.assertLess(abs(seconds_of(key["createdAt"]) - time.time()), 5)
        self.assertRegex(key["createdAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        for field in (
            "notBefore",
            "expiresAt",
            "rotatedAt",
            "suspendedAt",
            "revokedAt",
            "lastUsedAt",
            "rateLimit",
            "quota",
            "resource",
        ):
            self.assertIsNone(key[field], field)
        self.assertEqual(
            [(s["version"], s["hint"], s["validUntil"]) for s in key["secrets"]],
            [(1, key["hint"], None)],
        )
        self.assertEqual(answer.header("ETag"), f'"{key["revision"]}"')
        self.assertEqual(answer.seq, key["seq"])
        self.assertEqual(self.document(key["id"]), key)

    def test_a_key_reads_as_it_was_made(self):
        soon = time.time() + 3600
        wanted = {
            "name": "Producción «1»",
            "environment": "test",
            "scopes": ["leads:read", "leads:write"],
            "resource": {"kind": "agent", "id": "agent_123"},
            "owner": "acme",
            "metadata": {"plan": "pro", "nested": {"list": [1, 2.5, True, None, "ñ"]}},
            "expiresAt": rfc3339(soon + 60),
            "notBefore": rfc3339(soon),
            "rateLimit": {"limit": 300, "window": "1m"},
            "allowedIps": ["192.0.2.0/24", "2001:db8::/32"],
        }
        made = self.expect(self.create(wanted | {"quota": {"limit": 1000, "window": "30d"}}), 201)
        key = self.document(made["key"]["id"])
        for field, value in wanted.items():
            self.assertEqual(key[field], value, field)
        self.assertEqual(key["status"], "pending")
        self.assertTrue(made["token"].startswith("hr_test_"))
        self.assertEqual(
            (key["quota"]["limit"], key["quota"]["window"], key["quota"]["remaining"]),
            (1000, "30d", 1000),
        )
        turn = 30 * 86400
        self.assertEqual(seconds_of(key["quota"]["resetsAt"]) % turn, 0)

    def test_every_token_and_id_is_another(self):
        made = [self.key(self.home) for _ in range(50)]
        self.assertEqual(len({key.id for key in made}), 50)
        self.assertEqual(len({key.token for key in made}), 50)

    def test_the_token_is_seen_only_once(self):
        key = self.key(self.home)
        for path in (
            f"/v1/keys/{key.id}",
            f"/v1/keys/{key.id}/events",
            f"/v1/workspaces/{self.home}/keys",
            "/v1/events",
        ):
            answer = self.root.get(path)
            self.assertEqual(answer.status, 200)
            self.assertNotIn(key.token[-38:-6].encode(), answer.body, path)

    def test_a_key_whose_end_has_passed_is_made_expired(self):
        past = rfc3339(time.time() - 10)
        made = self.create({"name": "x", "environment": "live", "scopes": [], "expiresAt": past})
        self.assertEqual((made.status, made.json["key"]["status"]), (201, "expired"))
        self.assertEqual(self.verify(made.json["token"])["code"], "expired")

    def test_wrong_keys_are_refused_with_the_field_to_blame(self):
        good = {"name": "x", "environment": "live", "scopes": []}
        soon = rfc3339(time.time() + 3600)
        wrong = [
            ("/name", {"name": 5}),
            ("/name", {"name": "x" * 201}),
            ("/name", {"name": None}),
            ("/environment", {"environment": "nowhere"}),
            ("/environment", {"environment": []}),
            ("/scopes", {"scopes": "leads:read"}),
            ("/scopes/0", {"scopes": ["leads"]}),
            ("/scopes/1", {"scopes": ["a:b", "a:b:c d"]}),
            ("/scopes/0", {"scopes": ["*:read"]}),
            ("/scopes/0", {"scopes": [1]}),
            ("/scopes", {"scopes": [f"a:s{n}" for n in range(101)]}),
            ("/resource/id", {"resource": {"kind": "agent"}}),
            ("/resource", {"resource": "agent/1"}),
            ("/owner", {"owner": "x" * 201}),
            ("/owner", {"owner": {}}),
            ("/metadata", {"metadata": [1]}),
            ("/metadata", {"metadata": {"a": "x" * 9000}}),
            ("/expiresAt", {"expiresAt": "tomorrow"}),
            ("/expiresAt", {"expiresAt": 5}),
            ("/notBefore", {"notBefore": "2026-13-01T00:00:00Z"}),
            ("/expiresAt", {"notBefore": rfc3339(time.time() + 7200), "expiresAt": soon}),
            ("/rateLimit/limit", {"rateLimit": {"limit": "many", "window": "1m"}}),
            ("/rateLimit/limit", {"rateLimit": {"limit": 1.5, "window": "1m"}}),
            ("/rateLimit/window", {"rateLimit": {"limit": 1}}),
            ("/rateLimit/extra", {"rateLimit": {"limit": 1, "window": "1m", "extra": 1}}),
            ("/quota/limit", {"quota": {"limit": -1, "window": None}}),
            ("/quota/window", {"quota": {"limit": 1, "window": "0s"}}),
            ("/allowedIps/0", {"allowedIps": ["300.0.0.1"]}),
            ("/allowedIps/0", {"allowedIps": ["10.0.0.0/33"]}),
            ("/allowedIps", {"allowedIps": "10.0.0.0/8"}),
            ("/surprise", {"surprise": True}),
            ("/status", {"status": "revoked"}),
        ]
        before = self.root.get("/v1/events?type=KeyCreated&limit=1000").json["items"]
        for pointer, change in wrong:
            with self.subTest(pointer=pointer, change=str(change)[:80]):
                self.blames(self.create(good | change), pointer)
        for field in ("name", "environment"):
            with self.subTest(missing=field):
                body = {name: value for name, value in good.items() if name != field}
                self.blames(self.create(body), "/" + field)
        self.assertEqual(
            self.root.get("/v1/events?type=KeyCreated&limit=1000").json["items"], before
        )

    def test_a_scope_that_the_catalogue_lacks_is_not_granted(self):
        workspace = self.workspace(scopes=[{"name": "leads:read", "description": ""}])
        path = f"/v1/workspaces/{workspace}/keys"
        body = {"name": "x", "environment": "live", "scopes": ["leads:read"]}
        key = self.expect(self.root.post(path, body), 201)["key"]
        self.blames(
            self.root.post(path, body | {"scopes": ["leads:read", "leads:write"]}), "/scopes/1"
        )
        answer = self.root.put(f"/v1/keys/{key['id']}/scopes", {"scopes": ["leads:write"]})
        self.blames(answer, "/scopes/0")

    def test_a_patch_changes_what_it_names_and_null_clears(self):
        key = self.key(
            self.home,
            owner="acme",
            metadata={"a": 1, "b": 2},
            allowedIps=["10.0.0.0/8"],
            expiresAt=rfc3339(time.time() + 3600),
            rateLimit={"limit": 5, "window": "1m"},
            quota={"limit": 5, "window": None},
        )
        answer = self.root.patch(
            f"/v1/keys/{key.id}", {"name": "Second", "metadata": {"b": None, "c": 3}}
        )
        after = self.expect(answer)
        self.assertEqual((after["name"], after["metadata"]), ("Second", {"a": 1, "c": 3}))
        self.assertEqual(after["revision"], key.document["revision"] + 1)
        self.assertEqual(answer.header("ETag"), f'"{after["revision"]}"')
        for field in ("owner", "expiresAt", "rateLimit", "quota", "allowedIps", "scopes"):
            self.assertEqual(after[field], key.document[field], field)
        nothing = dict.fromkeys(
            ("owner", "metadata", "expiresAt", "rateLimit", "quota", "allowedIps")
        )
        cleared = self.expect(self.root.patch(f"/v1/keys/{key.id}", nothing))
        bare = self.key(self.home).document
        for field in nothing:
            self.assertEqual(cleared[field], bare[field], field)
        self.assertEqual(self.code(key.token), "valid")

    def test_a_patch_of_what_can_not_change_is_refused(self):
        key = self.key(self.home)
        for field, value in (
            ("environment", "test"),
            ("scopes", ["a:b"]),
            ("id", key.id),
            ("notBefore", None),
            ("resource", {"kind": "a", "id": "b"}),
            ("status", "revoked"),
            ("surprise", 1),
        ):
            with self.subTest(field):
                self.blames(self.root.patch(f"/v1/keys/{key.id}", {field: value}), "/" + field)
        self.assertEqual(self.document(key.id), key.document)

    def test_a_stale_revision_writes_nothing(self):
        key = self.key(self.home, scopes=["a:b"])
        stale = {"If-Match": f'"{key.document["revision"]}"'}
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "Second"}, headers=stale))
        now = self.document(key.id)
        for method, path, body in (
            ("PATCH", "", {"name": "x"}),
            ("PUT", "/scopes", {"scopes": ["a:c"]}),
            ("POST", ":rotate", {}),
            ("POST", ":revoke", {}),
            ("POST", ":suspend", {}),
        ):
            with self.subTest(path or method):
                answer = self.root.request(method, f"/v1/keys/{key.id}{path}", body, stale)
                self.problem(answer, 412, "precondition_failed")
        self.assertEqual(self.document(key.id), now)

    def test_uses_do_not_make_a_revision_stale(self):
        key = self.key(self.home)
        for _ in range(3):
            self.assertEqual(self.code(key.token, durable=True), "valid")
        fresh = {"If-Match": f'"{key.document["revision"]}"'}
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "x"}, headers=fresh))

    def test_scopes_are_replaced_and_work_at_once(self):
        key = self.key(self.home, scopes=["a:read"])
        answer = self.root.put(f"/v1/keys/{key.id}/scopes", {"scopes": ["b:read", "a:write"]})
        self.assertEqual(set(self.expect(answer)["scopes"]), {"a:write", "b:read"})
        self.assertEqual(self.code(key.token, scopes=["a:read"]), "insufficient_scope")
        self.assertEqual(self.code(key.token, scopes=["a:write", "b:read"]), "valid")
        self.assertEqual(
            self.expect(self.root.put(f"/v1/keys/{key.id}/scopes", {"scopes": []}))["scopes"], []
        )

    def test_removing_the_last_scope_must_not_grant_everything(self):
        workspace = self.workspace(emptyScopes="all")
        key = self.key(workspace, scopes=["a:read"])
        path = f"/v1/keys/{key.id}/scopes"
        self.problem(self.root.put(path, {"scopes": []}), 409, "conflict")
        self.assertEqual(self.code(key.token, scopes=["b:read"]), "insufficient_scope")
        self.expect(self.root.put(path, {"scopes": [], "all": True}))
        self.assertEqual(self.code(key.token, scopes=["b:read"]), "valid")

    def test_an_unknown_key_is_not_found(self):
        nobody = "key_01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "x"}),
            ("GET", "/events", None),
            ("PUT", "/scopes", {"scopes": []}),
            ("POST", ":rotate", {}),
            ("POST", ":revoke", {}),
            ("GET", "/usage", None),
        ):
            with self.subTest(path or method):
                answer = self.root.request(method, f"/v1/keys/{nobody}{path}", body)
                self.problem(answer, 404, "not_found")
        self.problem(self.root.get("/v1/keys/nonsense"), 404, "not_found")

    def test_a_reason_stands_in_the_event(self):
        key = self.key(self.home, reason="the first")
        self.act(key.id, "suspend", {"reason": "a suspicion"})
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "x", "reason": "a new name"}))
        reasons = [event["reason"] for event in self.history(key.id)]
        self.assertEqual(reasons, ["the first", "a suspicion", "a new name"])
