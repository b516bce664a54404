"""Request bodies: what is not JSON as agreed is refused, and nothing is written."""

import json

from cases import LedgerCase


class Bodies(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()
        cls.path = f"/v1/workspaces/{cls.home}/keys"

    def setUp(self):
        self.before = self.keys()

    def tearDown(self):
        self.assertEqual(self.keys(), self.before, "something was written")

    def keys(self):
        return self.expect(self.root.get(self.path + "?limit=1000"))["items"]

    def refused(self, body, status=400, code="invalid_request", **named):
        for path, client in ((self.path, self.root), ("/v1/verify", self.anonymous)):
            answer = client.post(path, body, **named)
            self.problem(answer, status, code)

    def test_what_is_not_json_is_refused(self):
        for body in (
            b"",
            b"{",
            b"[]",
            b"null",
            b'"text"',
            b"{}{}",
            b'{"name": "x",}',
            b"{'name': 1}",
            b"\x00",
            b'{"name": NaN}',
            b'{"name": 01}',
            b'\xef\xbb\xbf{"name": "x"}x',
            b'{"a": "\n"}',
            b'{"name" "x"}',
            b"{} x",
            b'{"name": tru}',
        ):
            with self.subTest(body):
                self.refused(body)

    def test_bad_utf8_is_refused(self):
        for bad in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82"):
            with self.subTest(bad):
                self.refused(
                    b'{"name": "' + bad + b'", "environment": "live", "scopes": [], "token": "x"}'
                )

    def test_half_a_surrogate_pair_is_refused(self):
        answer = self.root.post(
            self.path, b'{"name": "\\ud800", "environment": "live", "scopes": []}'
        )
        self.problem(answer, 400, "invalid_request")

    def test_a_member_that_stands_twice_is_refused(self):
        self.problem(
            self.root.post(
                self.path, b'{"name": "a", "name": "b", "environment": "live", "scopes": []}'
            ),
            400,
            "invalid_request",
        )
        self.problem(
            self.root.post(
                self.path,
                b'{"name": "a", "n\\u0061me": "b", "environment": "live", ' b'"scopes": []}',
            ),
            400,
            "invalid_request",
        )
        self.problem(
            self.anonymous.post("/v1/verify", b'{"token": "a", "token": "b"}'),
            400,
            "invalid_request",
        )

    def test_deep_nesting_is_refused(self):
        for depth in (2000, 100000):
            for start, end in ((b'{"a":', b"}"), (b"[", b"]")):
                with self.subTest(depth=depth, start=start):
                    deep = start * depth + b"1" + end * depth
                    self.refused(
                        b'{"name": "x", "environment": "live", "scopes": [], "token": "x", '
                        b'"metadata": ' + deep + b"}"
                    )
                    self.refused(deep)

    def test_unknown_fields_and_wrong_types_are_named(self):
        good = {"name": "x", "environment": "live", "scopes": []}
        for pointer, change in (
            ("/colour", {"colour": 1}),
            ("/scopes", {"scopes": {}}),
            ("/rateLimit", {"rateLimit": 5}),
            ("/rateLimit/limit", {"rateLimit": {"limit": None, "window": "1m"}}),
            ("/rateLimit/burst", {"rateLimit": {"limit": 1, "window": "1m", "burst": 2}}),
            ("/a~1b~0c", {"a/b~c": 1}),
        ):
            with self.subTest(pointer):
                self.blames(self.root.post(self.path, good | change), pointer)
        self.blames(
            self.anonymous.post("/v1/verify", {"token": "x", "resource": {"kind": 1, "id": "x"}}),
            "/resource/kind",
        )

    def test_a_body_over_one_mebibyte_is_too_large(self):
        body = json.dumps(
            {"name": "x" * (1 << 20), "environment": "live", "scopes": [], "token": "x"}
        ).encode()
        self.refused(body, 413, "too_large")
        just = json.dumps({"token": "x", "reason": ""}).encode()
        just += b" " * ((1 << 20) - len(just))
        self.assertNotEqual(self.anonymous.post("/v1/verify", just).status, 413)

    def test_a_chunked_body_over_one_mebibyte_is_too_large(self):
        with self.raw() as connection:
            head = "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            connection.send(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(20):
                    connection.send(b"10000\r\n" + b" " * 65536 + b"\r\n")
                connection.send(b"0\r\n\r\n")
            except OSError:
                pass  # it may stop reading as soon as it knows
            self.problem(connection.answer(), 413, "too_large")

    def test_a_wrong_content_type_is_refused(self):
        body = json.dumps({"name": "x", "environment": "live", "scopes": [], "token": "x"}).encode()
        for content_type in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "json",
            "multipart/form-data; boundary=x",
            "application/xml",
        ):
            with self.subTest(content_type):
                self.refused(body, 415, "unsupported_media_type", content_type=content_type)

    def test_parameters_of_the_content_type_do_not_matter(self):
        for content_type in (
            "application/json; charset=utf-8",
            "Application/JSON",
            "application/json;x=y",
        ):
            answer = self.anonymous.post("/v1/verify", b'{"token": "x"}', content_type=content_type)
            self.assertEqual(self.expect(answer)["code"], "malformed")

    def test_a_reason_that_is_too_long_is_refused(self):
        body = {"name": "x", "environment": "live", "scopes": [], "reason": "x" * 1001}
        self.blames(self.root.post(self.path, body), "/reason")
        self.blames(self.root.post(self.path, body | {"reason": 5}), "/reason")
