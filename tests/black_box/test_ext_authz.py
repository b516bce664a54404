"""/v1/ext-authz: the same for Envoy, whose path ends with the client's own."""

from cases import LedgerCase
from test_authorize import IDENTITY, bearer


class ExtAuthz(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def ask(self, rest, token=None, method="GET", **named):
        headers = bearer(token) if token else {}
        return self.anonymous.request(
            method, f"/v1/ext-authz/{self.home}{rest}", headers=headers, **named
        )

    def test_the_clients_path_is_not_read(self):
        token = self.key(self.home, scopes=["a:read"]).token
        for original in (
            "",
            "api/v1/leads",
            "api?scopes=b:write",
            "_/x/_/y",
            "../../etc",
            "a//b/./c",
            "%2F%zz%00",
            "~!$&'()*+,;=:@",
            "b:write/_/",
        ):
            with self.subTest(original):
                answer = self.ask("/a:read/_/" + original, token)
                self.assertEqual(
                    (answer.status, answer.header("Content-Length")), (200, "0"), answer
                )
                for name in IDENTITY:
                    self.assertIsNotNone(answer.header(name), name)
                denial = self.ask("/b:write/_/" + original, token)
                self.assertEqual(
                    (denial.status, denial.header("X-Keyledger-Code")), (403, "insufficient_scope")
                )

    def test_a_dash_asks_for_no_scope(self):
        answer = self.ask("/-/_/anything", self.key(self.home).token)
        self.assertEqual(answer.status, 200, answer)

    def test_without_the_mark_nothing_is_found(self):
        token = self.key(self.home, scopes=["*"]).token
        for rest in ("", "/", "/a:read", "/-", "/a:read/_x/y", "/a:read/x/y"):
            with self.subTest(rest):
                self.assertIn(self.ask(rest, token).status, (400, 404))

    def test_a_denial_is_like_that_of_authorize(self):
        answer = self.ask("/-/_/x")
        self.assertEqual((answer.status, answer.header("X-Keyledger-Code")), (401, "missing"))
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        self.assertRegex(answer.header("WWW-Authenticate"), r"^Bearer\b")
        self.problem(answer, 401)

    def test_the_clients_method_and_body_do_not_matter(self):
        token = self.key(self.home).token
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
            with self.subTest(method):
                body = None if method in ("GET", "HEAD") else b"{not json"
                self.assertEqual(self.ask("/-/_/x", token, method, body=body).status, 200)
