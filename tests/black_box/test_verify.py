"""POST /v1/verify: what a check of a credential answers."""

import time

from cases import LedgerCase, made_up_token, rfc3339, wait_past, with_wrong_checksum


class Verify(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def test_a_good_token_shows_what_its_key_is(self):
        key = self.key(
            self.home,
            owner="acme",
            scopes=["a:b"],
            metadata={"plan": "pro"},
            rateLimit={"limit": 300, "window": "30d"},
            quota={"limit": 9, "window": None},
        )
        verdict = self.verify(key.token)
        wanted = {
            "valid": True,
            "code": "valid",
            "keyId": key.id,
            "workspace": self.home,
            "environment": "live",
            "owner": "acme",
            "scopes": ["a:b"],
            "metadata": {"plan": "pro"},
        }
        self.assertEqual({name: verdict[name] for name in wanted}, wanted)
        self.assertEqual(
            (verdict["rateLimit"]["limit"], verdict["rateLimit"]["remaining"]), (300, 299)
        )
        self.assertEqual(verdict["rateLimit"]["reset"] % (30 * 86400), 0)
        self.assertEqual(verdict["quota"]["remaining"], 8)

    def test_without_limits_both_are_null(self):
        verdict = self.verify(self.key(self.home).token)
        self.assertIsNone(verdict["rateLimit"])
        self.assertIsNone(verdict["quota"])

    def test_a_token_that_nobody_has_is_unknown_and_a_broken_one_malformed(self):
        key = self.key(self.home)
        good = key.token
        self.assertEqual(self.code(made_up_token()), "unknown")
        self.assertEqual(self.code(made_up_token("zz", "none")), "unknown")
        for token in (
            with_wrong_checksum(good),
            good[:-1],
            good + "0",
            good.upper(),
            good[1:],
            " " + good,
            good.replace("_", "-"),
            "hello",
            "",
            "_",
            "x" * 512,
            "ñ",
            good[:20],
            "a\u0000b",
        ):
            with self.subTest(token[:20]):
                verdict = self.verify(token)
                self.assertEqual((verdict["valid"], verdict["code"]), (False, "malformed"))
                self.assertIsNone(verdict.get("keyId"))
        another_hint = good[:8] + ("0" if good[8] != "0" else "1") + good[9:]
        self.assertEqual(self.code(another_hint), "malformed")

    def test_a_denial_of_a_known_token_names_its_key(self):
        key = self.key(self.home)
        self.act(key.id, "revoke")
        verdict = self.verify(key.token)
        self.assertEqual(
            (verdict["valid"], verdict["code"], verdict["keyId"]), (False, "revoked", key.id)
        )

    def test_scopes_and_wildcards(self):
        keys = {
            text: self.key(self.home, scopes=text.split()).token
            for text in ("leads:read", "leads:*", "*", "leads:read leads:write", "")
        }
        table = [
            ("leads:read", ["leads:read"], True),
            ("leads:read", [], True),
            ("leads:read", ["leads:write"], False),
            ("leads:read", ["leads:rea"], False),
            ("leads:read", ["leads:reader"], False),
            ("leads:read", ["leads:*"], False),
            ("leads:read", ["*"], False),
            ("leads:read", ["leads:read", "leads:write"], False),
            ("leads:*", ["leads:read"], True),
            ("leads:*", ["leads:write", "leads:*"], True),
            ("leads:*", ["leadsx:read"], False),
            ("leads:*", ["*"], False),
            ("*", ["anything:at-all", "leads:*", "*"], True),
            ("leads:read leads:write", ["leads:write", "leads:read"], True),
            ("leads:read leads:write", ["leads:*"], False),
            ("", ["leads:read"], False),
            ("", [], True),
        ]
        for granted, wanted, good in table:
            with self.subTest(granted=granted, wanted=wanted):
                code = self.code(keys[granted], scopes=wanted)
                self.assertEqual(code, "valid" if good else "insufficient_scope")

    def test_missing_scopes_are_named(self):
        key = self.key(self.home, scopes=["a:read"])
        verdict = self.verify(key.token, scopes=["a:read", "b:read", "c:write"])
        self.assertEqual(verdict["code"], "insufficient_scope")
        self.assertEqual(sorted(verdict["missingScopes"]), ["b:read", "c:write"])

    def test_an_empty_list_grants_what_the_workspace_says(self):
        everything = self.key(self.workspace(emptyScopes="all"))
        self.assertEqual(self.code(everything.token, scopes=["any:thing", "*"]), "valid")
        nothing = self.key(self.workspace(emptyScopes="none"))
        self.assertEqual(self.code(nothing.token, scopes=["any:thing"]), "insufficient_scope")
        self.assertEqual(self.code(nothing.token), "valid")

    def test_a_bound_key_works_for_its_resource_alone(self):
        bound = self.key(self.home, resource={"kind": "agent", "id": "agent_123"})
        free = self.key(self.home)
        for resource, code in (
            ({"kind": "agent", "id": "agent_123"}, "valid"),
            ({"kind": "agent", "id": "agent_12"}, "wrong_resource"),
            ({"kind": "agent", "id": "agent_1234"}, "wrong_resource"),
            ({"kind": "datastore", "id": "agent_123"}, "wrong_resource"),
        ):
            with self.subTest(resource):
                self.assertEqual(self.code(bound.token, resource=resource), code)
                self.assertEqual(self.code(free.token, resource=resource), "valid")
        self.assertEqual(self.code(bound.token), "wrong_resource")

    def test_workspace_and_environment_are_checked_if_named(self):
        other = self.workspace()
        key = self.key(self.home, environment="test")
        self.assertEqual(self.code(key.token, workspace=self.home, environment="test"), "valid")
        self.assertEqual(self.code(key.token, workspace=other), "wrong_workspace")
        self.assertEqual(self.code(key.token, environment="live"), "wrong_environment")
        self.assertEqual(self.code(key.token, workspace="nowhere"), "wrong_workspace")
        self.assertEqual(self.code(key.token, environment="nowhere"), "wrong_environment")

    def test_addresses_of_both_families(self):
        key = self.key(self.home, allowedIps=["192.0.2.0/24", "198.51.100.7", "2001:db8:1::/48"])
        for ip, code in (
            ("192.0.2.0", "valid"),
            ("192.0.2.255", "valid"),
            ("192.0.3.0", "ip_not_allowed"),
            ("198.51.100.7", "valid"),
            ("198.51.100.8", "ip_not_allowed"),
            ("2001:db8:1::1", "valid"),
            ("2001:DB8:1:ffff::", "valid"),
            ("2001:db8:2::1", "ip_not_allowed"),
            ("::ffff:192.0.2.9", "valid"),
            ("::ffff:192.0.3.9", "ip_not_allowed"),
            ("::1", "ip_not_allowed"),
        ):
            with self.subTest(ip):
                self.assertEqual(self.code(key.token, ip=ip), code)
        self.assertEqual(self.code(key.token), "ip_not_allowed")
        self.assertEqual(self.code(self.key(self.home).token, ip="203.0.113.1"), "valid")

    def test_every_ipv4_address_is_not_every_address(self):
        four = self.key(self.home, allowedIps=["0.0.0.0/0"])
        six = self.key(self.home, allowedIps=["::/0"])
        self.assertEqual(self.code(four.token, ip="203.0.113.1"), "valid")
        self.assertEqual(self.code(four.token, ip="2001:db8::1"), "ip_not_allowed")
        self.assertEqual(self.code(six.token, ip="2001:db8::1"), "valid")

    def test_a_key_works_from_its_beginning_until_its_end(self):
        begins = time.time() + 1
        key = self.key(self.home, notBefore=rfc3339(begins), expiresAt=rfc3339(begins + 1.5))
        self.assertEqual(self.code(key.token), "pending")
        wait_past(begins)
        self.assertEqual(self.code(key.token), "valid")
        wait_past(begins + 1.5)
        self.assertEqual(self.code(key.token), "expired")

    def test_wrong_requests_are_refused_with_the_field_to_blame(self):
        token = self.key(self.home).token
        wrong = [
            ("/token", {"token": 5}),
            ("/token", {"token": None}),
            ("/scopes", {"scopes": "a:b"}),
            ("/scopes/0", {"scopes": ["no colon"]}),
            ("/scopes/1", {"scopes": ["a:b", 7]}),
            ("/resource", {"resource": "agent/1"}),
            ("/resource/id", {"resource": {"kind": "agent"}}),
            ("/ip", {"ip": "somewhere"}),
            ("/ip", {"ip": "10.0.0.0/8"}),
            ("/cost", {"cost": -1}),
            ("/cost", {"cost": "1"}),
            ("/cost", {"cost": 1.5}),
            ("/durable", {"durable": "yes"}),
            ("/workspace", {"workspace": 1}),
            ("/surprise", {"surprise": 1}),
        ]
        for pointer, change in wrong:
            with self.subTest(pointer=pointer, change=change):
                self.blames(self.anonymous.post("/v1/verify", {"token": token} | change), pointer)
        self.blames(self.anonymous.post("/v1/verify", {}), "/token")

    def test_the_answer_tells_how_new_its_view_is(self):
        key = self.key(self.home)
        suspended = self.root.post(f"/v1/keys/{key.id}:suspend", {})
        answer = self.anonymous.post("/v1/verify", {"token": key.token})
        self.assertEqual(answer.json["code"], "suspended")
        self.assertGreaterEqual(answer.seq, suspended.seq)
        self.assertIsNotNone(answer.header("X-Request-Id"))

    def test_a_change_holds_for_the_very_next_check(self):
        key = self.key(self.home)
        for _ in range(100):
            self.act(key.id, "suspend")
            self.assertEqual(self.code(key.token), "suspended")
            self.act(key.id, "resume")
            self.assertEqual(self.code(key.token), "valid")
