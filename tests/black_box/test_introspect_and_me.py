"""POST /v1/introspect (RFC 7662) and GET /v1/me."""

import time
import urllib.parse

from cases import LedgerCase, made_up_token, rfc3339, seconds_of, with_wrong_checksum

FORM = "application/x-www-form-urlencoded"


class Introspect(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def ask(self, token, **fields):
        body = urllib.parse.urlencode({"token": token} | fields).encode()
        return self.anonymous.post("/v1/introspect", body, content_type=FORM)

    def test_a_good_token_is_active_with_its_scopes(self):
        ends = time.time() + 3600
        key = self.key(
            self.home, scopes=["a:read", "b:write"], owner="acme", expiresAt=rfc3339(ends)
        )
        answer = self.expect(self.ask(key.token, token_type_hint="access_token"))
        self.assertIs(answer["active"], True)
        self.assertEqual(sorted(answer["scope"].split(" ")), ["a:read", "b:write"])
        self.assertEqual(answer["exp"], int(seconds_of(key.document["expiresAt"])))
        self.assertEqual(answer["iat"], int(seconds_of(key.document["createdAt"])))
        self.assertNotIn(key.token, str(answer))

    def test_whatever_is_not_valid_is_only_not_active(self):
        revoked, suspended = self.key(self.home), self.key(self.home)
        self.act(revoked.id, "revoke")
        self.act(suspended.id, "suspend")
        for token in (
            revoked.token,
            suspended.token,
            made_up_token(),
            with_wrong_checksum(made_up_token()),
            "x",
        ):
            answer = self.ask(token)
            self.assertEqual(self.expect(answer), {"active": False})

    def test_a_request_must_be_a_form_with_a_token(self):
        self.problem(
            self.anonymous.post("/v1/introspect", {"token": "x"}), 415, "unsupported_media_type"
        )
        answer = self.anonymous.post("/v1/introspect", b"token_type_hint=x", content_type=FORM)
        self.problem(answer, 400, "invalid_request")

    def test_nothing_is_read_from_the_query_string(self):
        key = self.key(self.home)
        answer = self.anonymous.post(
            f"/v1/introspect?token={key.token}", b"token=nonsense", content_type=FORM
        )
        self.assertEqual(self.expect(answer), {"active": False})

    def test_an_answer_is_not_kept_by_caches(self):
        self.assertEqual(self.ask(self.key(self.home).token).header("Cache-Control"), "no-store")


class Me(LedgerCase):
    def test_any_valid_key_sees_itself_and_no_secret(self):
        key = self.key(self.workspace(), name="Mine", scopes=["a:b"], owner="acme")
        answer = self.expect(self.anonymous.get("/v1/me", token=key.token))
        for field in (
            "id",
            "workspace",
            "name",
            "environment",
            "hint",
            "scopes",
            "owner",
            "status",
        ):
            self.assertEqual(answer[field], key.document[field], field)
        self.assertNotIn(key.token[-38:-6], str(answer))
        by_header = self.anonymous.get("/v1/me", headers={"X-Api-Key": key.token})
        self.assertEqual(self.expect(by_header)["id"], key.id)
        self.assertEqual(self.expect(self.root.get("/v1/me"))["workspace"], "system")

    def test_a_key_that_is_bound_to_a_thing_sees_itself(self):
        home = self.workspace()
        bound = self.key(home, resource={"kind": "agent", "id": "a1"})
        admin = self.admin(["keys:read"], resource={"kind": "workspace", "id": home})
        for key in (bound, admin):
            found = self.expect(self.anonymous.get("/v1/me", token=key.token))
            self.assertEqual((found["id"], found["resource"]),
                             (key.id, key.document["resource"]))

    def test_whoever_is_not_valid_is_not_known(self):
        key = self.key(self.workspace())
        self.act(key.id, "revoke")
        for token in (None, key.token, made_up_token(), "x"):
            self.problem(self.anonymous.get("/v1/me", token=token), 401, "unauthenticated")

    def test_it_is_counted_and_spends_nothing(self):
        key = self.key(
            self.workspace(),
            rateLimit={"limit": 1, "window": "30d"},
            quota={"limit": 1, "window": None},
        )
        for _ in range(3):
            self.expect(self.anonymous.get("/v1/me", token=key.token))
        self.used(key.id, {"valid": 3})
        verdict = self.verify(key.token)
        self.assertEqual(
            (verdict["code"], verdict["rateLimit"]["remaining"], verdict["quota"]["remaining"]),
            ("valid", 0, 0),
        )

    def test_a_forwarded_request_is_as_good_as_any(self):
        key = self.key(self.workspace())
        answer = self.anonymous.get(
            "/v1/me", token=key.token, headers={"X-Forwarded-For": "203.0.113.9"}
        )
        self.assertEqual(self.expect(answer)["id"], key.id)
