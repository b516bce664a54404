"""Who may ask the data plane, and which address a client is taken to have."""

import urllib.parse

from cases import LedgerCase, made_up_token

# Every address of the loopback network can be a client's: .1 is trusted, .2 a stranger, .3 a proxy.
TRUSTED, STRANGER, PROXY = "127.0.0.1", "127.0.0.2", "127.0.0.3"


class Callers(LedgerCase):
    config = f"""
trusted_networks = ["{TRUSTED}/32", "{PROXY}/32"]
trusted_proxies = ["{PROXY}/32"]
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("workspace")
        cls.home = case.workspace()
        cls.token = case.key(cls.home).token
        cls.checker = case.admin(["keys:verify"]).token
        cls.reader = case.admin(["keys:read"]).token

    def authorize(self, source, headers, path=None):
        client = self.server.client(source=source)
        self.addCleanup(client.close)
        return client.get(path or f"/v1/authorize/{self.home}", headers=headers)

    def check(self, source=TRUSTED, headers=(), caller=None):
        client = self.server.client(source=source)
        self.addCleanup(client.close)
        return client.post("/v1/verify", {"token": self.token}, headers=headers, token=caller)

    def introspect(self, source=TRUSTED, headers=(), caller=None):
        client = self.server.client(source=source)
        self.addCleanup(client.close)
        body = urllib.parse.urlencode({"token": self.token}).encode()
        return client.post(
            "/v1/introspect",
            body,
            headers=headers,
            token=caller,
            content_type="application/x-www-form-urlencoded",
        )

    def test_a_trusted_address_needs_no_credential_unless_the_request_was_forwarded(self):
        for ask in (self.check, self.introspect):
            with self.subTest(ask.__name__):
                self.expect(ask())
                for name in ("X-Forwarded-For", "Forwarded", "x-forwarded-for"):
                    self.problem(ask(headers={name: "for=203.0.113.9"}), 401, "unauthenticated")
                self.problem(ask(headers={"X-Forwarded-For": ""}), 401, "unauthenticated")
                self.problem(
                    ask(source=PROXY, headers={"X-Forwarded-For": "203.0.113.9"}),
                    401,
                    "unauthenticated",
                )

    def test_a_stranger_needs_a_key_that_may_verify(self):
        for ask in (self.check, self.introspect):
            with self.subTest(ask.__name__):
                self.problem(ask(STRANGER), 401, "unauthenticated")
                self.expect(ask(STRANGER, caller=self.checker))
                self.expect(ask(TRUSTED, {"X-Forwarded-For": "203.0.113.9"}, caller=self.checker))
                self.problem(ask(STRANGER, caller=self.reader), 403, "forbidden")
                self.problem(
                    ask(STRANGER, caller=made_up_token("kl", "admin")), 401, "unauthenticated"
                )
                for caller in (self.token, "x"):
                    self.assertIn(ask(STRANGER, caller=caller).status, (401, 403))

    def test_a_key_of_another_workspace_is_no_caller_whatever_its_scopes(self):
        token = self.key(self.home, scopes=["*", "keys:verify"]).token
        self.assertIn(self.check(STRANGER, caller=token).status, (401, 403))

    def test_on_authorize_a_stranger_shows_its_own_key_beside_the_clients(self):
        bearer = {"Authorization": "Bearer " + self.token}
        self.assertEqual(self.authorize(TRUSTED, bearer).status, 200)
        for path in (f"/v1/authorize/{self.home}", f"/v1/ext-authz/{self.home}/-/_/x"):
            with self.subTest(path):
                self.assertIn(self.authorize(STRANGER, bearer, path).status, (401, 403))
                for caller, good in (
                    (self.checker, True),
                    (self.reader, False),
                    (self.token, False),
                    ("x", False),
                    ("", False),
                ):
                    answer = self.authorize(STRANGER, bearer | {"X-Keyledger-Caller": caller}, path)
                    self.assertEqual(answer.status == 200, good, answer)
                    self.assertIn(answer.status, (200, 401, 403))
        alone = {"Authorization": "Bearer " + self.checker}
        self.assertIn(self.authorize(STRANGER, alone).status, (401, 403))

    def test_on_authorize_only_a_proxy_may_forward(self):
        bearer = {"Authorization": "Bearer " + self.token, "X-Forwarded-For": "203.0.113.9"}
        self.assertEqual(self.authorize(PROXY, bearer).status, 200)
        self.assertIn(self.authorize(TRUSTED, bearer).status, (401, 403))
        self.assertEqual(
            self.authorize(TRUSTED, bearer | {"X-Keyledger-Caller": self.checker}).status, 200
        )

    def address_code(self, source, forwarded, ranges, **others):
        """What a key that is bound to `ranges` comes to when asked for over that source."""
        token = self.key(self.home, allowedIps=ranges).token
        headers = [("X-Keyledger-Caller", self.checker), ("Authorization", "Bearer " + token)]
        headers += [("X-Forwarded-For", line) for line in forwarded] + list(others.items())
        answer = self.authorize(source, headers)
        return "valid" if answer.status == 200 else answer.header("X-Keyledger-Code")

    def test_the_client_is_the_rightmost_hop_that_is_no_proxy(self):
        table = [
            (["198.51.100.7"], "valid"),
            (["203.0.113.9, 198.51.100.7"], "valid"),
            (["198.51.100.7, 203.0.113.9"], "ip_not_allowed"),
            ([f"198.51.100.7,{PROXY}"], "valid"),
            ([f"198.51.100.7, {PROXY} , {PROXY}"], "valid"),
            (["203.0.113.9", "198.51.100.7"], "valid"),
            (["198.51.100.7", "203.0.113.9"], "ip_not_allowed"),
            (["::ffff:198.51.100.7"], "valid"),
            ([f"198.51.100.7, {TRUSTED}"], "ip_not_allowed"),
            (["198.51.100.7, unknown"], "ip_not_allowed"),
            ([], "ip_not_allowed"),
        ]
        for forwarded, code in table:
            with self.subTest(forwarded):
                self.assertEqual(self.address_code(PROXY, forwarded, ["198.51.100.0/24"]), code)

    def test_without_forwarding_the_client_is_the_peer(self):
        self.assertEqual(self.address_code(STRANGER, [], [STRANGER]), "valid")
        self.assertEqual(self.address_code(STRANGER, [], [TRUSTED]), "ip_not_allowed")
        self.assertEqual(self.address_code(PROXY, [], [PROXY]), "valid")

    def test_a_stranger_can_not_name_another_address(self):
        self.assertEqual(
            self.address_code(STRANGER, ["198.51.100.7"], ["198.51.100.0/24"]), "ip_not_allowed"
        )
        self.assertEqual(self.address_code(STRANGER, ["198.51.100.7"], [STRANGER]), "valid")

    def test_other_headers_name_no_address(self):
        for name in ("Forwarded", "X-Real-Ip", "X-Client-Ip", "True-Client-Ip"):
            with self.subTest(name):
                value = "for=198.51.100.7" if name == "Forwarded" else "198.51.100.7"
                code = self.address_code(PROXY, [], ["198.51.100.0/24"], **{name: value})
                self.assertEqual(code, "ip_not_allowed")

    def test_on_verify_the_address_is_the_one_in_the_body(self):
        token = self.key(self.home, allowedIps=[TRUSTED]).token
        client = self.server.client()
        self.addCleanup(client.close)
        for ip, code in (
            (None, "ip_not_allowed"),
            (TRUSTED, "valid"),
            ("198.51.100.7", "ip_not_allowed"),
        ):
            body = {"token": token} | ({"ip": ip} if ip else {})
            self.assertEqual(self.expect(client.post("/v1/verify", body))["code"], code)


class ByDefault(LedgerCase):
    def test_all_of_loopback_is_trusted_and_may_forward_to_authorize(self):
        home = self.workspace()
        key = self.key(home, allowedIps=["198.51.100.0/24"])
        headers = {"Authorization": "Bearer " + key.token}
        for source in (TRUSTED, STRANGER):
            client = self.server.client(source=source)
            self.addCleanup(client.close)
            self.expect(client.post("/v1/verify", {"token": key.token}))
            forwarded = client.get(
                f"/v1/authorize/{home}", headers=headers | {"X-Forwarded-For": "198.51.100.7"}
            )
            self.assertEqual(forwarded.status, 200, forwarded)
            self.assertEqual(client.get(f"/v1/authorize/{home}", headers=headers).status, 403)
            answer = client.post(
                "/v1/verify", {"token": key.token}, headers={"X-Forwarded-For": "198.51.100.7"}
            )
            self.problem(answer, 401, "unauthenticated")
