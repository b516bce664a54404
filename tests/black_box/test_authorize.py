"""/v1/authorize: what a gateway asks before it lets a request through."""

import re
import time
import urllib.parse

from cases import LedgerCase, made_up_token, rfc3339, wait_past, with_wrong_checksum

IDENTITY = "X-Key-Id X-Key-Owner X-Key-Environment X-Key-Scopes X-Key-Name X-Key-Workspace".split()
LIMITS = (
    "X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset RateLimit-Policy RateLimit".split()
)


def bearer(token):
    return {"Authorization": "Bearer " + token}


class Authorize(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def ask(self, token=None, path="", headers=None, method="GET", workspace=None, **named):
        headers = dict(headers or {})
        if token is not None:
            headers |= bearer(token)
        path = f"/v1/authorize/{workspace or self.home}{path}"
        return self.anonymous.request(method, path, headers=headers, **named)

    def allowed(self, answer):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.header("Content-Length"), "0")
        self.assertEqual(answer.body, b"")
        for name in IDENTITY:
            self.assertEqual(len(answer.headers.get_all(name, [])), 1, name)
        return answer

    def denied(self, answer, status, code):
        self.assertEqual((answer.status, answer.header("X-Keyledger-Code")), (status, code), answer)
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        if status == 401:
            self.assertRegex(answer.header("WWW-Authenticate") or "", r"^Bearer\b")
        else:
            self.assertIsNone(answer.header("WWW-Authenticate"))
        if status == 429:
            self.assertRegex(answer.header("Retry-After") or "", r"^[1-9]\d*$")
        return self.problem(answer, status)

    def test_a_good_key_passes_with_all_that_is_known_of_it(self):
        key = self.key(self.home, name="Website", owner="acme", scopes=["a:read", "b:write"])
        answer = self.allowed(self.ask(key.token, "/a:read"))
        self.assertEqual(
            [urllib.parse.unquote(answer.header(name)) for name in IDENTITY],
            [key.id, "acme", "live", "a:read,b:write", "Website", self.home],
        )
        self.assertIn(",", answer.header("X-Key-Scopes"))

    def test_what_is_unknown_is_an_empty_header(self):
        answer = self.allowed(self.ask(self.key(self.home).token))
        self.assertEqual((answer.header("X-Key-Owner"), answer.header("X-Key-Scopes")), ("", ""))

    def test_names_are_percent_encoded_utf8(self):
        name, owner = "Producción, 100 % «ñ»\t日本", 'a/b?c=d&e f+g"h\\'
        key = self.key(self.home, name=name.replace("\t", " "), owner=owner)
        answer = self.allowed(self.ask(key.token))
        for header, text in (("X-Key-Name", name.replace("\t", " ")), ("X-Key-Owner", owner)):
            value = answer.header(header)
            self.assertRegex(value, r"^[!-~]+$")
            self.assertEqual(urllib.parse.unquote(value, errors="strict"), text)
        self.assertIn("Producci%C3%B3n", answer.header("X-Key-Name"))
        self.assertIn("100%20%25%20", answer.header("X-Key-Name"))

    def test_each_reason_has_its_status(self):
        now = time.time()
        keys = {
            code: self.key(self.home, **fields)
            for code, fields in {
                "revoked": {},
                "suspended": {},
                "pending": {"notBefore": rfc3339(now + 3600)},
                "expired": {"expiresAt": rfc3339(now + 1.2)},
                "ip_not_allowed": {"allowedIps": ["192.0.2.1"]},
                "wrong_resource": {"resource": {"kind": "agent", "id": "one"}},
                "insufficient_scope": {},
                "rate_limited": {"rateLimit": {"limit": 1, "window": "1d"}},
                "quota_exceeded": {"quota": {"limit": 1, "window": "30d"}},
            }.items()
        }
        self.act(keys["revoked"].id, "revoke")
        self.act(keys["suspended"].id, "suspend")
        for code in ("rate_limited", "quota_exceeded"):
            self.allowed(self.ask(keys[code].token))
        wait_past(now + 1.2)
        tokens = {code: key.token for code, key in keys.items()}
        tokens |= {
            "missing": None,
            "malformed": with_wrong_checksum(made_up_token()),
            "unknown": made_up_token(),
            "wrong_workspace": self.key(self.workspace()).token,
        }
        statuses = dict.fromkeys(
            "malformed unknown revoked suspended pending expired wrong_workspace missing".split(),
            401,
        )
        statuses |= dict.fromkeys(("ip_not_allowed", "wrong_resource", "insufficient_scope"), 403)
        statuses |= dict.fromkeys(("rate_limited", "quota_exceeded"), 429)
        paths = {"wrong_resource": "/-/agent/two", "insufficient_scope": "/a:write"}
        for code, token in tokens.items():
            with self.subTest(code):
                self.denied(self.ask(token, paths.get(code, "")), statuses[code], code)

    def test_scopes_and_resources_stand_in_the_path(self):
        key = self.key(
            self.home, scopes=["a:read", "b:*"], resource={"kind": "agent", "id": "x/y ñ"}
        )
        where = "/agent/" + urllib.parse.quote("x/y ñ", safe="")
        for scopes, code in (
            ("a:read", None),
            ("a:read,b:write", None),
            ("-", None),
            ("a%3Aread", None),
            ("a:write", "insufficient_scope"),
            ("a:read,c:read", "insufficient_scope"),
        ):
            with self.subTest(scopes):
                answer = self.ask(key.token, f"/{scopes}{where}")
                self.allowed(answer) if code is None else self.denied(answer, 403, code)
        for other in ("/agent/x", "/agent/x%252Fy%20%C3%B1", "/agents/" + where[7:], ""):
            with self.subTest(other):
                self.denied(self.ask(key.token, "/a:read" + other), 403, "wrong_resource")

    def test_a_path_that_makes_no_sense_lets_nobody_through(self):
        token = self.key(self.home, scopes=["*"]).token
        for path in (
            "/no-colon",
            "/a:read,,b:read",
            "/a:read/agent",
            "/a:read/agent/one/more",
            "/",
            "/a:read/",
            "/%zz",
            "/a:read/agent/",
            "/%ff:read",
        ):
            with self.subTest(path):
                self.assertIn(self.ask(token, path).status, (400, 401, 403, 404))

    def test_an_unknown_workspace_lets_nobody_through(self):
        token = self.key(self.home).token
        self.assertIn(self.ask(token, workspace="nowhere").status, (401, 403, 404))

    def test_limits_are_told_in_both_families_of_headers(self):
        key = self.key(self.home, rateLimit={"limit": 2, "window": "1d"})
        for remaining, status in (("1", 200), ("0", 200), ("0", 429)):
            answer = self.ask(key.token)
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.header("X-RateLimit-Limit"), "2")
            self.assertEqual(answer.header("X-RateLimit-Remaining"), remaining)
            reset = int(answer.header("X-RateLimit-Reset"))
            self.assertEqual(reset % 86400, 0)
            self.assertLess(0, reset - time.time() + 1)
            self.assertLess(reset - time.time(), 86400 + 1)
            self.assertRegex(answer.header("RateLimit-Policy"), r"\b2\b.*w=86400\b")
            self.assertRegex(answer.header("RateLimit"), rf"(r|remaining)={remaining}\b")
            if status == 429:
                left = reset - time.time()
                self.assertLess(abs(int(answer.header("Retry-After")) - left), 3)

    def test_without_a_limit_there_are_no_limit_headers(self):
        answer = self.allowed(self.ask(self.key(self.home).token))
        self.assertEqual([name for name in LIMITS if answer.header(name) is not None], [])

    def test_both_credential_headers_are_read(self):
        key, other = self.key(self.home), self.key(self.home)
        self.allowed(self.ask(headers={"X-Api-Key": key.token}))
        self.allowed(self.ask(headers={"x-api-key": key.token}))
        self.allowed(self.ask(headers={"authorization": "bearer " + key.token}))
        self.allowed(self.ask(headers={"X-Api-Key": key.token} | bearer(key.token)))
        answer = self.ask(headers={"X-Api-Key": other.token} | bearer(key.token))
        self.denied(answer, 401, "malformed")

    def test_a_credential_header_that_stands_twice_lets_nobody_choose(self):
        key, other = self.key(self.home), self.key(self.home)
        for name, start in (("Authorization", "Bearer "), ("X-Api-Key", "")):
            with self.subTest(name):
                path = f"/v1/authorize/{self.home}"
                headers = [(name, start + key.token), (name, start + other.token)]
                answer = self.anonymous.request("GET", path, headers=headers)
                self.denied(answer, 401, "malformed")

    def test_nothing_is_read_from_the_query_string(self):
        key = self.key(self.home, scopes=["a:read"])
        self.allowed(self.ask(key.token, "/a:read?scopes=b:write&resource=agent/1&workspace=x"))
        self.denied(self.ask(key.token, "/b:write?scopes=a:read"), 403, "insufficient_scope")
        for query in ("?token=", "?api_key=", "?access_token=", "?authorization=Bearer%20"):
            self.denied(self.ask(None, "/a:read" + query + key.token), 401, "missing")
        self.allowed(self.ask(key.token, "/a:read?" + "x=%zz&" * 100))

    def test_every_method_is_answered_alike(self):
        key = self.key(self.home)
        for method in (
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "OPTIONS",
            "PROPFIND",
            "PURGE",
            "X-OWN",
        ):
            with self.subTest(method):
                self.allowed(self.ask(key.token, method=method))
                self.denied(self.ask(method=method), 401, "missing")

    def test_head_has_the_headers_and_no_body(self):
        key = self.key(self.home)
        with self.raw() as connection:
            for token, status in ((key.token, 200), (made_up_token(), 401), (key.token, 200)):
                connection.send(
                    f"HEAD /v1/authorize/{self.home} HTTP/1.1\r\nHost: x\r\n"
                    f"Authorization: Bearer {token}\r\n\r\n".encode()
                )
                self.assertEqual(connection.answer(to_head=True).status, status)
            self.assertEqual(connection.buffer, b"")

    def test_a_body_is_neither_read_nor_taken_for_the_next_request(self):
        key = self.key(self.home)
        path = f"/v1/authorize/{self.home}"
        smuggled = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        for body in (b"{", smuggled, b"\xff" * 70000, b"x" * (3 << 20)):
            with self.subTest(length=len(body)):
                answer = self.anonymous.request(
                    "POST", path, body, bearer(key.token), content_type="application/nonsense"
                )
                self.allowed(answer)
        with self.raw() as connection:
            chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(smuggled), smuggled)
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key.token}\r\n"
            request = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
            connection.send(request + request)
            self.allowed(connection.answer())
            self.allowed(connection.answer())
            self.assertEqual(connection.buffer, b"")

    def test_a_body_beyond_what_is_drained_ends_the_connection_after_the_answer(self):
        key = self.key(self.home)
        with self.raw() as connection:
            connection.send(
                f"POST /v1/authorize/{self.home} HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {key.token}\r\nContent-Length: {20 << 20}\r\n\r\n".encode()
            )
            try:
                for _ in range(20):
                    connection.send(b"x" * (1 << 20))
            except OSError:
                pass  # it stopped reading: the answer may be lost with the connection
            else:
                self.assertIn(connection.answer().status, (200, 413))
                self.assertTrue(connection.closed())
        self.allowed(self.ask(key.token))

    def test_a_check_through_a_gateway_is_counted_and_spends(self):
        key = self.key(self.home, quota={"limit": 2, "window": None})
        for status in (200, 200, 429):
            self.assertEqual(self.ask(key.token).status, status)
        self.used(key.id, {"valid": 2, "quota_exceeded": 1})

    def test_paths_are_matched_as_they_came(self):
        token = self.key(self.home).token
        for path in (
            "//v1/authorize/",
            "/v1//authorize/",
            "/v1/./authorize/",
            "/v1/x/../authorize/",
        ):
            with self.subTest(path):
                answer = self.anonymous.get(path + self.home, headers=bearer(token))
                self.problem(answer, 404, "not_found")

    def test_the_request_id_is_taken_over(self):
        answer = self.ask(self.key(self.home).token, headers={"X-Request-Id": "abc.DEF_1-2"})
        self.assertEqual(answer.header("X-Request-Id"), "abc.DEF_1-2")
        denial = self.ask(headers={"X-Request-Id": "abc.DEF_1-3"})
        self.assertEqual(self.denied(denial, 401, "missing")["requestId"], "abc.DEF_1-3")
        self.assertTrue(re.fullmatch(r"\d+", denial.header("X-Ledger-Seq")))
