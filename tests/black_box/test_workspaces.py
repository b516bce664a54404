"""Workspaces: made, read, listed and changed."""

from cases import LedgerCase


class Workspaces(LedgerCase):
    def test_a_workspace_reads_as_it_was_made(self):
        document = {
            "slug": "horneross",
            "name": "Horneross",
            "prefix": "hr",
            "environments": [
                {"name": "production", "tag": "sk", "rateLimit": {"limit": 300, "window": "1m"}},
                {"name": "development", "tag": "dev"},
            ],
            "scopes": [{"name": "agents:read", "description": "Leer agentes"}],
            "emptyScopes": "all",
            "onStale": "serve",
            "locale": "es",
            "errors": {
                "contentType": "application/json",
                "body": {"error": {"code": "{name}", "message": "{message}"}},
                "messages": {"401": "API key inválida o faltante"},
                "names": {"401": "unauthorized"},
            },
        }
        made = self.root.post("/v1/workspaces", document)
        self.expect(made, 201)
        self.assertRegex(made.header("ETag"), r'^"\d+"$')
        read = self.root.get("/v1/workspaces/horneross")
        self.assertEqual(self.expect(read), made.json)
        self.assertEqual(read.header("ETag"), made.header("ETag"))
        for field, value in document.items():
            if field != "environments":
                self.assertEqual(read.json[field], value, field)
        self.assertEqual(read.json["environments"][0], document["environments"][0])
        self.assertIsNone(read.json["environments"][1].get("rateLimit"))

    def test_what_is_left_out_has_its_default(self):
        read = self.expect(self.root.get(f"/v1/workspaces/{self.workspace()}"))
        self.assertEqual(read["scopes"], [])
        self.assertEqual(read["emptyScopes"], "none")
        self.assertEqual(read["onStale"], "deny")
        self.assertEqual(read["locale"], "en")
        self.assertIsNone(read["errors"])

    def test_two_workspaces_may_share_a_prefix_but_not_a_slug(self):
        slug = self.workspace(prefix="same")
        self.workspace(prefix="same")
        taken = {
            "slug": slug,
            "name": "x",
            "prefix": "other",
            "environments": [{"name": "live", "tag": "live"}],
        }
        self.problem(self.root.post("/v1/workspaces", taken), 409, "conflict")

    def test_wrong_documents_are_refused_with_the_field_to_blame(self):
        live = {"name": "live", "tag": "live"}
        good = {"slug": "never-made", "name": "x", "prefix": "hr", "environments": [live]}
        wrong = [
            ("/slug", {"slug": "Upper"}),
            ("/slug", {"slug": "a/b"}),
            ("/slug", {"slug": ""}),
            ("/slug", {"slug": 7}),
            ("/name", {"name": None}),
            ("/name", {"name": "x" * 1000}),
            ("/prefix", {"prefix": "Hr"}),
            ("/prefix", {"prefix": "a_b"}),
            ("/prefix", {"prefix": "a" * 17}),
            ("/environments", {"environments": []}),
            ("/environments", {"environments": {}}),
            ("/environments/0/tag", {"environments": [{"name": "live", "tag": "LIVE"}]}),
            ("/environments/1/name", {"environments": [live, live]}),
            (
                "/environments/0/rateLimit/limit",
                {"environments": [live | {"rateLimit": {"limit": -1, "window": "1m"}}]},
            ),
            (
                "/environments/0/rateLimit/window",
                {"environments": [live | {"rateLimit": {"limit": 1, "window": "soon"}}]},
            ),
            (
                "/environments/0/rateLimit/window",
                {"environments": [live | {"rateLimit": {"limit": 1, "window": "0s"}}]},
            ),
            ("/scopes/0/name", {"scopes": [{"name": "no colon"}]}),
            ("/emptyScopes", {"emptyScopes": "some"}),
            ("/onStale", {"onStale": "maybe"}),
            ("/locale", {"locale": "fr"}),
            ("/surprise", {"surprise": 1}),
            (
                "/errors/contentType",
                {"errors": {"contentType": "text/plain\r\nX-Evil: 1", "body": {}}},
            ),
        ]
        for pointer, change in wrong:
            with self.subTest(pointer=pointer, change=change):
                self.blames(self.root.post("/v1/workspaces", good | change), pointer)
        for field in good:
            with self.subTest(missing=field):
                document = {name: value for name, value in good.items() if name != field}
                self.blames(self.root.post("/v1/workspaces", document), "/" + field)
        self.problem(self.root.get("/v1/workspaces/never-made"), 404, "not_found")

    def test_a_patch_changes_what_it_names_and_clears_what_is_null(self):
        slug = self.workspace(
            locale="es",
            scopes=[{"name": "a:read", "description": ""}],
            errors={"contentType": "application/json", "body": {"m": "{message}"}},
        )
        before = self.expect(self.root.get(f"/v1/workspaces/{slug}"))
        answer = self.root.patch(
            f"/v1/workspaces/{slug}",
            {"name": "New name", "errors": None},
            content_type="application/merge-patch+json",
        )
        after = self.expect(answer)
        self.assertEqual(after["name"], "New name")
        self.assertIsNone(after["errors"])
        for field in ("slug", "prefix", "environments", "scopes", "locale"):
            self.assertEqual(after[field], before[field], field)
        self.assertEqual(self.expect(self.root.get(f"/v1/workspaces/{slug}")), after)

    def test_both_content_types_of_a_patch_are_taken(self):
        slug = self.workspace()
        for content_type in ("application/json", "application/merge-patch+json"):
            answer = self.root.patch(
                f"/v1/workspaces/{slug}", {"name": content_type}, content_type=content_type
            )
            self.assertEqual(self.expect(answer)["name"], content_type)
        answer = self.root.patch(
            f"/v1/workspaces/{slug}", {"name": "x"}, content_type="application/json-patch+json"
        )
        self.problem(answer, 415, "unsupported_media_type")

    def test_a_patch_inside_the_error_dialect_keeps_its_other_members(self):
        slug = self.workspace(
            errors={
                "contentType": "application/json",
                "body": {"m": "{message}"},
                "messages": {"401": "No"},
                "names": {},
            }
        )
        patch = {"errors": {"messages": {"403": "Neither", "401": None}}}
        errors = self.expect(self.root.patch(f"/v1/workspaces/{slug}", patch))["errors"]
        self.assertEqual(errors["messages"], {"403": "Neither"})
        self.assertEqual(errors["body"], {"m": "{message}"})

    def test_a_stale_revision_writes_nothing(self):
        slug = self.workspace()
        path = f"/v1/workspaces/{slug}"
        first = self.root.get(path).header("ETag")
        changed = self.root.patch(path, {"name": "second"}, headers={"If-Match": first})
        self.expect(changed)
        self.assertNotEqual(changed.header("ETag"), first)
        stale = self.root.patch(path, {"name": "third"}, headers={"If-Match": first})
        self.problem(stale, 412, "precondition_failed")
        now = self.root.get(path)
        self.assertEqual(now.json["name"], "second")
        self.assertEqual(now.header("ETag"), changed.header("ETag"))

    def test_the_list_holds_every_workspace_page_by_page(self):
        made = {self.workspace() for _ in range(5)}
        seen, cursor = [], ""
        while True:
            page = self.expect(self.root.get("/v1/workspaces?limit=2" + cursor))
            self.assertLessEqual(len(page["items"]), 2)
            seen += [item["slug"] for item in page["items"]]
            if page["nextCursor"] is None:
                break
            cursor = "&cursor=" + page["nextCursor"]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(made | {"system"}, set(seen))

    def test_system_is_there_and_its_slug_is_taken(self):
        system = self.expect(self.root.get("/v1/workspaces/system"))
        self.assertEqual(system["prefix"], "kl")
        taken = {
            "slug": "system",
            "name": "x",
            "prefix": "x",
            "environments": [{"name": "live", "tag": "live"}],
        }
        self.problem(self.root.post("/v1/workspaces", taken), 409, "conflict")

    def test_an_environment_that_keys_stand_in_is_not_dropped(self):
        slug = self.workspace()
        self.key(slug, environment="test")
        patch = {"environments": [{"name": "live", "tag": "live"}]}
        self.problem(self.root.patch(f"/v1/workspaces/{slug}", patch), 409, "conflict")

    def test_a_change_of_limits_holds_for_the_keys_that_are_there(self):
        slug = self.workspace()
        key = self.key(slug)
        self.assertIsNone(self.verify(key.token)["rateLimit"])
        limited = [
            {"name": "live", "tag": "live", "rateLimit": {"limit": 7, "window": "30d"}},
            {"name": "test", "tag": "test"},
        ]
        self.expect(self.root.patch(f"/v1/workspaces/{slug}", {"environments": limited}))
        self.assertEqual(self.verify(key.token)["rateLimit"]["limit"], 7)

    def test_an_unknown_workspace_is_not_found(self):
        self.problem(self.root.get("/v1/workspaces/nowhere"), 404, "not_found")
        self.problem(self.root.patch("/v1/workspaces/nowhere", {"name": "x"}), 404, "not_found")
        body = {"name": "x", "environment": "live", "scopes": []}
        self.problem(self.root.post("/v1/workspaces/nowhere/keys", body), 404, "not_found")
        self.problem(self.root.get("/v1/workspaces/nowhere/keys"), 404, "not_found")
