"""The recipes of tools/gateways, run by the real nginx, Caddy and HAProxy in front of a small app.

Each gateway is on its own recipe, with a keyledger behind it that has the two published contracts.
"""

import json
import signal
import subprocess
import time
import urllib.parse

import gateways
from cases import LedgerCase, made_up_token
from client import Client, RawConnection
from harness import PATIENCE, ROOT

CLIENT = "127.0.0.9"  # where the gateways' clients are; keyledger believes 127.0.0.1 alone
CLOSED_SECONDS = 2 * PATIENCE  # a recipe says "a second"; the machine may be busy
BODY_BYTES = 300_000
OWNER = "ñandú & Cía, 100 %"
LIMITS = (
    "X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset RateLimit RateLimit-Policy".split()
)
HIDDEN = ("X-Keyledger-Code", "X-Ledger-Seq")

HOSTREACH_401 = '{"statusCode":401,"message":"Invalid or missing API key"}'
HOSTREACH_403 = (
    '{"statusCode":403,"message":"This API key is valid, but lacks the scope that is needed; '
    'create a new key with it"}'
)
HOSTREACH_429 = '{"statusCode":429,"message":"Too many requests"}'
HORNEROSS_401 = '{"error":{"code":"unauthorized","message":"API key inválida o faltante"}}'
HORNEROSS_403 = (
    '{"error":{"code":"forbidden","message":"No tenés permisos para acceder a este recurso"}}'
)


def setUpModule():
    """The gateways themselves; without them nothing here can be shown, so that it fails."""
    fetched = subprocess.run(
        [ROOT / "tools" / "gateways" / "fetch"], capture_output=True, text=True, timeout=300
    )
    if fetched.returncode != 0:
        raise AssertionError(f"tools/gateways/fetch failed:\n{fetched.stderr}")


def bearer(token):
    return [("Authorization", "Bearer " + token)]


class Recipe:
    """What every recipe promises."""

    gateway_class = None
    arguments = ("--trusted-proxies", "127.0.0.1/32")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("hostreach", "horneross"):
            profile = (ROOT / "tools" / "profiles" / f"{name}.json").read_bytes()
            made = cls.root.post("/v1/workspaces", profile)
            if made.status != 201:
                raise AssertionError(made)
        cls.app = gateways.App()
        cls.addClassCleanup(cls.app.close)
        cls.gateway = cls.gateway_class(cls.server.port, cls.app.port)
        cls.addClassCleanup(cls.gateway.close)

    def setUp(self):
        self.app.seen.clear()
        self.client = Client("127.0.0.1", self.gateway.hostreach, source=CLIENT)
        self.spanish = Client("127.0.0.1", self.gateway.horneross, source=CLIENT)
        self.addCleanup(self.client.close)
        self.addCleanup(self.spanish.close)

    def hostreach(self, **fields):
        return self.key("hostreach", **fields)

    def horneross(self, **fields):
        return self.key("horneross", **({"environment": "production"} | fields))

    def passed(self, answer):
        """What the app saw of a request that got through; its headers by lower-case name."""
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(self.app.seen), 1, self.app.seen)
        seen = self.app.seen.pop()
        headers = {}
        for name, value in seen["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        return seen | {"headers": headers}

    def refused(self, answer, status, body):
        self.assertEqual((answer.status, answer.body.decode()), (status, body))
        self.assertEqual(answer.header("Content-Type"), "application/json")
        for name in HIDDEN:
            self.assertIsNone(answer.header(name), name)
        self.assertEqual(self.app.seen, [])

    def unavailable(self):
        """Both APIs fail closed in their own dialect, and in time."""
        for client, path, key in (
            (self.client, "/leads", "statusCode"),
            (self.spanish, "/agents", "error"),
        ):
            began = time.monotonic()
            answer = client.get(path, headers=bearer(made_up_token()))
            self.assertLess(time.monotonic() - began, CLOSED_SECONDS)
            self.assertEqual(answer.status, 503, answer)
            self.assertEqual(answer.header("Content-Type"), "application/json")
            self.assertIn(key, answer.json)
        self.assertEqual(self.app.seen, [])

    def test_the_app_learns_whose_key_it_is_and_never_the_key(self):
        key = self.hostreach(name="Producción", owner=OWNER, scopes=["leads:read", "leads:write"])
        expected = {
            "x-key-id": key.id,
            "x-key-owner": OWNER,
            "x-key-environment": "live",
            "x-key-scopes": "leads:read,leads:write",
            "x-key-name": "Producción",
            "x-key-workspace": "hostreach",
        }
        for headers in (bearer(key.token), [("X-Api-Key", key.token)]):
            seen = self.passed(self.client.get("/leads", headers=headers))
            for name, value in expected.items():
                self.assertEqual(len(seen["headers"][name]), 1, name)
                self.assertRegex(seen["headers"][name][0], r"^[!-~]+$")
                self.assertEqual(urllib.parse.unquote(seen["headers"][name][0]), value)
            self.assertNotIn(key.token, json.dumps(seen))
            self.assertFalse({"authorization", "x-api-key"} & set(seen["headers"]))

    def test_what_the_client_says_of_itself_is_replaced(self):
        key = self.hostreach(name="real", scopes=[])
        forged = gateways.FORGED
        seen = self.passed(self.client.get("/leads", headers=bearer(key.token) + forged))
        self.assertNotIn("forged", json.dumps(seen))
        self.assertNotIn("192.0.2.1", json.dumps(seen))
        self.assertNotIn("/campaigns", json.dumps(seen))
        self.assertEqual(seen["headers"]["x-key-id"], [key.id])
        self.assertEqual(seen["headers"]["x-key-name"], ["real"])
        self.assertEqual(seen["headers"].get("x-key-owner", [""]), [""])
        self.assertEqual(seen["headers"]["x-forwarded-for"], [CLIENT])

    def test_a_client_can_not_have_an_identity_header_dropped_on_the_way(self):
        key = self.hostreach()
        for value in ("X-Key-Id", "close, x-key-scopes"):
            self.app.seen.clear()
            headers = bearer(key.token) + [("Connection", value)]
            answer = self.client.get("/leads", headers=headers)
            self.client.close()
            if answer.status != 400:
                seen = self.passed(answer)
                self.assertIn("x-key-id", seen["headers"])
                self.assertNotIn("x-key", " ".join(seen["headers"].get("connection", [])).lower())

    def test_a_denial_is_in_the_dialect_of_the_contract(self):
        gone = self.hostreach()
        self.act(gone.id, "revoke")
        poor = self.hostreach(scopes=["leads:read"])
        english = [
            (poor.token, "POST", 403),
            (gone.token, "GET", 401),
            (made_up_token(), "GET", 401),
            (self.horneross().token, "GET", 401),
            (None, "GET", 401),
        ]
        for token, method, status in english:
            with self.subTest(status=status, method=method):
                answer = self.client.request(
                    method, "/leads", headers=bearer(token) if token else ()
                )
                self.refused(answer, status, HOSTREACH_401 if status == 401 else HOSTREACH_403)
                challenges = answer.headers.get_all("WWW-Authenticate", [])
                self.assertEqual(len(challenges), 1 if status == 401 else 0, challenges)
        two = bearer(poor.token) + [("X-Api-Key", self.hostreach().token)]
        self.refused(self.client.get("/leads", headers=two), 401, HOSTREACH_401)
        self.refused(self.spanish.get("/agents"), 401, HORNEROSS_401)
        poor = self.horneross(scopes=["agents:read"])
        answer = self.spanish.post("/agents", {}, headers=bearer(poor.token))
        self.refused(answer, 403, HORNEROSS_403)

    def test_a_limit_is_told_before_and_when_it_is_reached(self):
        key = self.hostreach(rateLimit={"limit": 2, "window": "1d"})
        for left in ("1", "0"):
            answer = self.client.get("/leads", headers=bearer(key.token))
            self.passed(answer)
            for name in LIMITS:
                self.assertEqual(len(answer.headers.get_all(name, [])), 1, name)
            self.assertEqual(answer.header("X-RateLimit-Limit"), "2")
            self.assertEqual(answer.header("X-RateLimit-Remaining"), left)
        reset = answer.header("X-RateLimit-Reset")
        self.assertEqual(int(reset) % 86_400, 0)
        answer = self.client.get("/leads", headers=bearer(key.token))
        self.refused(answer, 429, HOSTREACH_429)
        self.assertEqual(answer.header("X-RateLimit-Remaining"), "0")
        self.assertEqual(answer.header("X-RateLimit-Reset"), reset)
        self.assertAlmostEqual(
            int(answer.header("Retry-After")), int(reset) - time.time(), delta=5 * PATIENCE
        )
        unlimited = self.client.get("/leads", headers=bearer(self.hostreach().token))
        for name in LIMITS:
            self.assertIsNone(unlimited.header(name), name)

    def test_methods_queries_and_bodies_reach_the_app_as_they_came(self):
        key = self.hostreach(scopes=["leads:read", "leads:write"])
        target = "/leads/7?scopes=webhooks:write&a=%2F..%2f&token=" + made_up_token()
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                body = b"x" * BODY_BYTES if method in ("POST", "PUT", "PATCH") else None
                answer = self.client.request(method, target, body, headers=bearer(key.token))
                seen = self.passed(answer)
                self.assertEqual((seen["method"], seen["target"]), (method, target))
                self.assertEqual(seen["body"], (body or b"").decode())
        chunked = (
            f"POST /leads HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {key.token}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n5\r\npedia\r\n0\r\n\r\n"
        )
        with RawConnection("127.0.0.1", self.gateway.hostreach) as connection:
            connection.send(chunked.encode())
            self.assertEqual(self.passed(connection.answer())["body"], "wikipedia")

    def test_the_body_of_a_refused_request_is_no_next_request(self):
        smuggled = b"GET /me HTTP/1.1\r\nHost: a\r\n\r\n"
        for _ in range(3):
            answer = self.client.post("/leads", smuggled, headers=bearer(made_up_token()))
            self.refused(answer, 401, HOSTREACH_401)

    def test_an_address_list_is_held_against_the_client_not_the_gateway(self):
        headers = [("X-Forwarded-For", "192.0.2.1"), ("X-Real-Ip", "192.0.2.1")]
        for address, status in ((CLIENT, 200), ("127.0.0.1", 403), ("192.0.2.1", 403)):
            with self.subTest(address):
                key = self.hostreach(allowedIps=[address])
                answer = self.client.get("/leads", headers=bearer(key.token) + headers)
                self.assertEqual(answer.status, status, answer)

    def test_paths_that_two_servers_may_read_differently_reach_nobody(self):
        key = self.hostreach()
        for path in (
            "/leads/../webhooks",
            "/leads/%2e%2e/webhooks",
            "/leads%2f..%2fwebhooks",
            "/leads/..;/webhooks",
            "/leads//webhooks",
            "//leads",
            "/leads/.",
            "/leads\\..\\webhooks",
            "/leads%5Cwebhooks",
            "/%6ceads",
            "/LEADS",
            "/leadsx",
            "/leads;x",
            "/nowhere",
            "/",
            "/_keyledger",
            "/v1/workspaces",
        ):
            with self.subTest(path):
                answer = self.client.get(path, headers=bearer(key.token))
                self.assertIn(answer.status, (400, 404), answer)
        self.assertEqual(self.app.seen, [])
        answer = self.client.request("OPTIONS", "/leads", headers=bearer(key.token))
        self.assertIn(answer.status, (400, 404, 405), answer)
        self.assertEqual(self.app.seen, [])

    def test_a_key_of_one_agent_reaches_that_agent_alone(self):
        key = self.horneross(
            scopes=["agents:read", "conversations:read", "conversations:write"],
            resource={"kind": "agent", "id": "agent_123"},
        )
        for method, path, status in (
            ("POST", "/agents/agent_123/conversations", 200),
            ("GET", "/agents/agent_123/conversations/9?from=1", 200),
            ("GET", "/agents/agent_123", 200),
            ("PATCH", "/agents/agent_123", 403),
            ("POST", "/agents/agent_124/conversations", 403),
            ("GET", "/agents", 403),
            ("GET", "/datastores", 403),
        ):
            with self.subTest(method=method, path=path):
                self.app.seen.clear()
                answer = self.spanish.request(method, path, headers=bearer(key.token))
                self.assertEqual(answer.status, status, answer)
                self.assertEqual(len(self.app.seen), 1 if status == 200 else 0)

    def test_a_revocation_holds_for_the_next_request(self):
        for _ in range(5):
            key = self.hostreach()
            for _ in range(2):
                self.passed(self.client.get("/leads", headers=bearer(key.token)))
            self.act(key.id, "revoke")
            answer = self.client.get("/leads", headers=bearer(key.token))
            self.refused(answer, 401, HOSTREACH_401)

    def test_an_upgrade_is_the_apps_to_answer(self):
        key = self.hostreach()
        upgrade = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        ]
        h2c = [
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
        ]
        for asked in (upgrade, h2c):
            seen = self.passed(self.client.get("/leads", headers=bearer(key.token) + asked))
            self.assertNotIn("upgrade", seen["headers"])
            self.assertNotIn("http2-settings", seen["headers"])

    def test_a_keyledger_that_does_not_answer_lets_nobody_through(self):
        key = self.hostreach()
        self.server.child.pause()
        try:
            self.unavailable()
        finally:
            self.server.child.signal(signal.SIGCONT)
        self.passed(self.client.get("/leads", headers=bearer(key.token)))

    def test_a_keyledger_that_is_down_or_has_no_trust_lets_nobody_through(self):
        key = self.hostreach()
        listen = f"127.0.0.1:{self.server.port}"
        self.server.stop()
        try:
            self.unavailable()
            self.server.start({"KEYLEDGER_TRUSTED_NETWORKS": "192.0.2.0/24"}, listen)
            try:
                self.unavailable()
            finally:
                self.server.stop()
        finally:
            self.server.start(listen=listen)
            self.connect()
        self.passed(self.client.get("/leads", headers=bearer(key.token)))


class Nginx(Recipe, LedgerCase):
    gateway_class = gateways.Nginx

    def test_a_denial_whose_words_do_not_come_is_told_in_others(self):
        keyledger = gateways.HalfAnswering()
        self.addCleanup(keyledger.close)
        nginx = gateways.Nginx(keyledger.port, self.app.port)
        self.addCleanup(nginx.close)
        began = time.monotonic()
        answer = Client("127.0.0.1", nginx.hostreach).get("/leads", headers=bearer("any"))
        self.assertLess(time.monotonic() - began, CLOSED_SECONDS)
        self.assertEqual((answer.status, answer.json["statusCode"]), (503, 503))


class Caddy(Recipe, LedgerCase):
    gateway_class = gateways.Caddy


class Haproxy(Recipe, LedgerCase):
    gateway_class = gateways.Haproxy
