"""How a denial looks to a workspace's clients, and /v1/errors, which shows it once more."""

from cases import LedgerCase, made_up_token

CODES_401 = "missing malformed unknown revoked suspended pending expired wrong_workspace".split()
CODES_403 = "wrong_environment ip_not_allowed wrong_resource insufficient_scope".split()
CODES_429 = "rate_limited quota_exceeded".split()

FLAT = {
    "contentType": "application/json",
    "body": {"statusCode": "{status}", "message": "{message}"},
    "messages": {"401": "Invalid or missing API key", "revoked": "This key was revoked"},
    "names": {},
}
NESTED = {
    "contentType": "application/vnd.example+json; charset=utf-8",
    "body": {
        "error": {
            "code": "{name}",
            "message": "{message}",
            "why": "{code} ({status})",
            "id": "{requestId}",
        },
        "fixed": [1, None, "{other}"],
    },
    "messages": {"401": "API key inválida o faltante", "403": 'No "tenés" {code} permisos\n'},
    "names": {"401": "unauthorized", "403": "forbidden", "insufficient_scope": "missing_scope"},
}


class Dialects(LedgerCase):
    def deny(self, workspace, token=None, path="", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = "Bearer " + token
        return self.anonymous.get(f"/v1/authorize/{workspace}{path}", headers=headers)

    def test_a_template_is_filled_in_with_a_number_where_the_status_stands_alone(self):
        workspace = self.workspace(errors=FLAT)
        answer = self.deny(workspace)
        self.assertEqual(answer.header("Content-Type"), "application/json")
        self.assertEqual(answer.json, {"statusCode": 401, "message": "Invalid or missing API key"})

    def test_a_text_is_looked_up_by_code_then_by_status_then_in_the_language(self):
        workspace = self.workspace(errors=FLAT, locale="es")
        key = self.key(workspace)
        scope = self.deny(workspace, key.token, "/a:read").json
        self.act(key.id, "revoke")
        self.assertEqual(self.deny(workspace, key.token).json["message"], "This key was revoked")
        self.assertEqual(
            self.deny(workspace, made_up_token()).json["message"], "Invalid or missing API key"
        )
        english = self.workspace(errors=FLAT)
        own = self.deny(english, self.key(english).token, "/a:read").json
        self.assertEqual((scope["statusCode"], own["statusCode"]), (403, 403))
        self.assertNotEqual(scope["message"], own["message"])
        self.assertNotIn("", (scope["message"], own["message"]))

    def test_what_is_filled_in_can_not_break_out(self):
        workspace = self.workspace(errors=NESTED)
        key = self.key(workspace)
        answer = self.deny(workspace, key.token, "/a:read", X_Request_Id="request-7")
        self.assertEqual(answer.header("Content-Type"), NESTED["contentType"])
        self.assertEqual(
            answer.json,
            {
                "error": {
                    "code": "missing_scope",
                    "message": 'No "tenés" {code} permisos\n',
                    "why": "insufficient_scope (403)",
                    "id": "request-7",
                },
                "fixed": [1, None, "{other}"],
            },
        )
        missing = self.deny(workspace).json["error"]
        self.assertEqual(
            (missing["code"], missing["message"]), ("unauthorized", "API key inválida o faltante")
        )

    def test_the_errors_path_gives_the_body_of_a_denial(self):
        for errors in (None, FLAT, NESTED):
            workspace = self.workspace(errors=errors)
            key = self.key(workspace)
            self.act(key.id, "suspend")
            for code, token in (
                ("missing", None),
                ("suspended", key.token),
                ("unknown", made_up_token()),
            ):
                with self.subTest(code=code, errors=bool(errors)):
                    denial = self.deny(workspace, token, X_Request_Id="one")
                    shown = self.anonymous.get(
                        f"/v1/errors/{workspace}/{code}", headers={"X-Request-Id": "one"}
                    )
                    self.assertEqual(shown.body, denial.body)
                    self.assertEqual(shown.header("Content-Type"), denial.header("Content-Type"))

    def test_the_errors_path_knows_every_code_and_answers_any_method(self):
        workspace = self.workspace(errors=FLAT)
        for codes, status in ((CODES_401, 401), (CODES_403, 403), (CODES_429, 429)):
            for code in codes:
                with self.subTest(code):
                    for method in ("GET", "POST", "DELETE"):
                        answer = self.anonymous.request(method, f"/v1/errors/{workspace}/{code}")
                        self.assertEqual(answer.json["statusCode"], status)
                        self.assertIn(answer.status, (200, status))
        self.assertEqual(self.anonymous.get(f"/v1/errors/{workspace}/nonsense").status, 404)
        self.assertEqual(self.anonymous.get("/v1/errors/nowhere/missing").status, 404)

    def test_the_errors_path_counts_nothing(self):
        workspace = self.workspace()
        key = self.key(workspace)
        headers = {"Authorization": "Bearer " + key.token}
        for _ in range(3):
            self.anonymous.get(f"/v1/errors/{workspace}/unknown", headers=headers)
        self.assertEqual(self.code(key.token, durable=True), "valid")
        self.used(key.id, {"valid": 1})

    def test_a_denial_without_a_dialect_speaks_the_workspaces_language(self):
        texts = {}
        for locale in ("en", "es"):
            workspace = self.workspace(locale=locale)
            document = self.problem(self.deny(workspace), 401)
            self.assertEqual(document["code"], "missing")
            texts[locale] = document["detail"]
        self.assertNotEqual(texts["en"], texts["es"])
