"""Who may administer what."""

import secrets

from cases import LedgerCase, made_up_token

NOBODY = "key_01ARZ3NDEKTSV4RRFFQ69G5FAV"
KEY = {"name": "x", "environment": "live", "scopes": []}


class Scopes(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("workspace")
        cls.home = case.workspace()
        cls.target = case.key(cls.home)

    def routes(self):
        """Every route of administration, with the scope that it needs."""
        home, key = self.home, self.target.id
        workspace = {
            "slug": "new-" + secrets.token_hex(4),
            "name": "x",
            "prefix": "x",
            "environments": [{"name": "live", "tag": "live"}],
        }
        digest = "sha256:" + secrets.token_hex(32)
        return [
            ("workspaces:write", "POST", "/v1/workspaces", workspace),
            ("workspaces:read", "GET", "/v1/workspaces", None),
            ("workspaces:read", "GET", f"/v1/workspaces/{home}", None),
            ("workspaces:write", "PATCH", f"/v1/workspaces/{home}", {"name": "y"}),
            ("keys:write", "POST", f"/v1/workspaces/{home}/keys", KEY),
            (
                "keys:write",
                "POST",
                f"/v1/workspaces/{home}/keys:import",
                {"items": [KEY | {"digest": digest}]},
            ),
            ("keys:read", "GET", f"/v1/workspaces/{home}/keys", None),
            ("keys:read", "GET", f"/v1/keys/{key}", None),
            ("keys:write", "PATCH", f"/v1/keys/{key}", {"name": "y"}),
            ("keys:write", "PUT", f"/v1/keys/{key}/scopes", {"scopes": []}),
            ("keys:write", "POST", f"/v1/keys/{key}:rotate", {}),
            ("keys:write", "POST", f"/v1/keys/{key}:suspend", {}),
            ("keys:write", "POST", f"/v1/keys/{key}:resume", {}),
            ("keys:write", "POST", f"/v1/workspaces/{home}/keys:revoke", {"owner": "nobody"}),
            ("keys:write", "POST", "/v1/tokens:revoke", {"tokens": [made_up_token()]}),
            ("events:read", "GET", f"/v1/keys/{key}/events", None),
            ("keys:read", "GET", f"/v1/keys/{key}/usage", None),
            ("events:read", "GET", "/v1/events", None),
        ]

    def test_every_route_wants_its_scope_and_no_other_will_do(self):
        holders = {
            scope: self.admin([scope]).token
            for scope in (
                "workspaces:write",
                "workspaces:read",
                "keys:write",
                "keys:read",
                "events:read",
                "cluster:write",
            )
        }
        for needed, method, path, body in self.routes():
            for scope, token in holders.items():
                with self.subTest(f"{method} {path} with {scope}"):
                    answer = self.anonymous.request(method, path, body, token=token)
                    if scope == needed:
                        self.assertIn(answer.status, (200, 201), answer)
                    else:
                        self.problem(answer, 403, "forbidden")

    def test_without_a_credential_every_route_is_closed(self):
        unknown, common = made_up_token("kl", "admin"), self.key(self.home, scopes=["*"]).token
        for _, method, path, body in self.routes():
            with self.subTest(f"{method} {path}"):
                for token in (None, unknown, "nonsense"):
                    answer = self.anonymous.request(method, path, body, token=token)
                    self.problem(answer, 401, "unauthenticated")
                    self.assertRegex(answer.header("WWW-Authenticate") or "", r"^Bearer\b")
                answer = self.anonymous.request(method, path, body, token=common)
                self.assertIn(answer.status, (401, 403), "a key of another workspace than system")

    def test_nobody_without_authority_learns_whether_a_thing_exists(self):
        for path in ("/v1/keys/" + NOBODY, f"/v1/keys/{self.target.id}", "/v1/workspaces/nowhere"):
            self.problem(self.anonymous.get(path), 401, "unauthenticated")

    def test_an_admin_key_that_ended_is_not_known(self):
        for action in ("revoke", "suspend"):
            admin = self.admin(["keys:read"])
            path = f"/v1/keys/{self.target.id}"
            self.expect(self.anonymous.get(path, token=admin.token))
            self.act(admin.id, action)
            self.problem(self.anonymous.get(path, token=admin.token), 401, "unauthenticated")

    def test_wildcards_cover_routes(self):
        admin = self.admin(["keys:*"])
        self.expect(self.anonymous.get(f"/v1/keys/{self.target.id}", token=admin.token))
        self.expect(
            self.anonymous.post(f"/v1/workspaces/{self.home}/keys", KEY, token=admin.token), 201
        )
        self.problem(self.anonymous.get("/v1/workspaces", token=admin.token), 403, "forbidden")

    def test_both_credential_headers_are_read_and_must_agree(self):
        token, other = self.server.root_token, self.admin(["keys:read"]).token
        self.expect(self.anonymous.get("/v1/workspaces", headers={"X-Api-Key": token}))
        self.expect(self.root.get("/v1/workspaces", headers={"X-Api-Key": token}))
        self.problem(
            self.root.get("/v1/workspaces", headers={"X-Api-Key": other}), 400, "invalid_request"
        )

    def test_admin_tokens_can_be_told_by_their_beginning(self):
        self.assertTrue(self.admin(["keys:read"]).token.startswith("kl_admin_"))


class Authority(LedgerCase):
    def test_nobody_grants_more_than_he_has(self):
        lesser = self.admin(["keys:write", "keys:read"])
        system = self.expect(self.root.get("/v1/workspaces/system"))
        body = {"name": "x", "environment": system["environments"][0]["name"]}
        path = "/v1/workspaces/system/keys"
        for scopes in (["*"], ["keys:*"], ["events:read"], ["keys:read", "workspaces:write"]):
            with self.subTest(scopes):
                answer = self.anonymous.post(path, body | {"scopes": scopes}, token=lesser.token)
                self.problem(answer, 403, "forbidden")
        equal = self.anonymous.post(path, body | {"scopes": ["keys:read"]}, token=lesser.token)
        made = self.expect(equal, 201)["key"]["id"]
        raised = self.anonymous.put(
            f"/v1/keys/{made}/scopes", {"scopes": ["*"]}, token=lesser.token
        )
        self.problem(raised, 403, "forbidden")
        self.assertEqual(self.document(made)["scopes"], ["keys:read"])

    def test_nobody_takes_over_a_key_that_may_more(self):
        lesser, greater = self.admin(["keys:write"]), self.admin(["keys:write", "events:read"])
        for method, path, body in (
            ("POST", ":rotate", {}),
            ("PATCH", "", {"name": "x"}),
            ("PUT", "/scopes", {"scopes": []}),
        ):
            with self.subTest(path or method):
                answer = self.anonymous.request(
                    method, f"/v1/keys/{greater.id}{path}", body, token=lesser.token
                )
                self.problem(answer, 403, "forbidden")
        self.assertEqual(self.document(greater.id)["revision"], greater.document["revision"])

    def test_a_bound_admin_key_reaches_its_workspace_alone(self):
        home, other = self.workspace(), self.workspace()
        bound = self.admin(
            ["keys:*", "workspaces:*", "events:read"], resource={"kind": "workspace", "id": home}
        )
        own, foreign = self.key(home), self.key(other)

        def ask(method, path, body=None):
            return self.anonymous.request(method, path, body, token=bound.token)

        self.expect(ask("GET", f"/v1/workspaces/{home}"))
        self.expect(ask("POST", f"/v1/workspaces/{home}/keys", KEY), 201)
        self.expect(ask("GET", f"/v1/keys/{own.id}"))
        self.expect(ask("POST", f"/v1/keys/{own.id}:suspend", {}))
        self.expect(ask("GET", f"/v1/keys/{own.id}/events"))
        document = {
            "slug": "new-one",
            "name": "x",
            "prefix": "x",
            "environments": [{"name": "live", "tag": "live"}],
        }
        for method, path, body in (
            ("GET", f"/v1/workspaces/{other}", None),
            ("PATCH", f"/v1/workspaces/{other}", {"name": "x"}),
            ("POST", "/v1/workspaces", document),
            ("POST", f"/v1/workspaces/{other}/keys", KEY),
            ("GET", f"/v1/workspaces/{other}/keys", None),
            ("GET", f"/v1/keys/{foreign.id}", None),
            ("POST", f"/v1/keys/{foreign.id}:revoke", {}),
            ("GET", f"/v1/keys/{foreign.id}/events", None),
            ("GET", f"/v1/keys/{foreign.id}/usage", None),
            ("GET", "/v1/workspaces/system", None),
            ("POST", "/v1/workspaces/system/keys", KEY),
        ):
            with self.subTest(f"{method} {path}"):
                self.assertIn(ask(method, path, body).status, (403, 404))
        self.assertEqual(self.code(foreign.token), "valid")
        for path in ("/v1/events", "/v1/workspaces"):
            with self.subTest(path):
                answer = ask("GET", path)
                self.assertTrue(answer.status == 403 or other.encode() not in answer.body, answer)
        leaked = ask("POST", "/v1/tokens:revoke", {"tokens": [foreign.token]})
        self.assertIn(leaked.status, (200, 403))
        self.assertEqual(self.code(foreign.token), "valid")


class LastAdministrator(LedgerCase):
    def test_the_last_key_that_can_administer_is_protected_until_there_is_another(self):
        me = self.expect(self.root.get("/v1/me"))["id"]
        path = f"/v1/keys/{me}"
        ends = "2999-01-01T00:00:00.000Z"
        attempts = [
            ("POST", ":revoke", {}),
            ("POST", ":suspend", {}),
            ("PATCH", "", {"expiresAt": ends}),
            ("PUT", "/scopes", {"scopes": ["keys:read"]}),
            ("PATCH", "", {"allowedIps": ["192.0.2.1"]}),
            ("PUT", "/scopes", {"scopes": []}),
        ]
        for method, rest, body in attempts:
            with self.subTest(f"{method} {rest} {body}"):
                self.problem(self.root.request(method, path + rest, body), 409, "conflict")
        ids = self.root.post("/v1/workspaces/system/keys:revoke", {"ids": [me]})
        self.problem(ids, 409, "conflict")
        self.root.post("/v1/tokens:revoke", {"tokens": [self.server.root_token]})
        self.admin(["keys:read"])
        self.problem(self.root.post(path + ":revoke", {}), 409, "conflict")
        self.assertEqual(self.expect(self.root.get("/v1/me"))["status"], "active")
        second = self.admin(["*"])
        self.expect(self.root.post(path + ":revoke", {}))
        self.problem(self.root.get("/v1/workspaces"), 401, "unauthenticated")
        heir = self.server.client(second.token)
        self.addCleanup(heir.close)
        self.problem(heir.post(f"/v1/keys/{second.id}:suspend", {}), 409, "conflict")
        self.expect(heir.post(f"/v1/keys/{second.id}:revoke", {"force": True}))
        self.problem(heir.get("/v1/workspaces"), 401, "unauthenticated")
