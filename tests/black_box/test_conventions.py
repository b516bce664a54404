"""What holds for every answer of the API."""

import time

from cases import LedgerCase
from harness import in_threads


class Conventions(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def test_a_refusal_is_a_problem_document(self):
        document = self.problem(self.root.get("/v1/workspaces/nowhere"), 404, "not_found")
        self.assertNotEqual(document["title"], "")
        self.assertNotEqual(document["detail"], "")

    def test_a_refused_body_names_every_wrong_field(self):
        body = {"name": 5, "environment": "live", "scopes": "x"}
        answer = self.root.post(f"/v1/workspaces/{self.home}/keys", body)
        document = self.problem(answer, 400, "invalid_request")
        for error in document["errors"]:
            self.assertTrue(error["pointer"].startswith("/") and error["detail"], error)
        self.assertIn("/name", [error["pointer"] for error in document["errors"]])

    def test_the_language_of_a_refusal_is_negotiated(self):
        def detail(language):
            headers = {} if language is None else {"Accept-Language": language}
            return self.problem(self.root.get("/v1/workspaces/nowhere", headers=headers), 404)[
                "detail"
            ]

        english = detail("en")
        for language in (
            None,
            "en-GB",
            "fr",
            "*",
            "fr, en;q=0.5",
            "es;q=0.1, en;q=0.9",
            "nonsense;;q=x",
        ):
            with self.subTest(language):
                self.assertEqual(detail(language), english)
        spanish = detail("es")
        self.assertNotEqual(spanish, english)
        for language in ("es-AR", "fr, es;q=0.8, en;q=0.5", "ES"):
            with self.subTest(language):
                self.assertEqual(detail(language), spanish)

    def test_a_code_does_not_depend_on_the_language(self):
        for language in ("en", "es"):
            answer = self.root.get("/v1/workspaces/nowhere", headers={"Accept-Language": language})
            self.problem(answer, 404, "not_found")

    def test_a_good_request_id_is_taken_over(self):
        for value in ("a", "A-z_0.9", "x" * 128):
            answer = self.root.get("/v1/workspaces/nowhere", headers={"X-Request-Id": value})
            self.assertEqual(answer.header("X-Request-Id"), value)
            self.assertEqual(self.problem(answer, 404)["requestId"], value)

    def test_another_request_id_is_replaced(self):
        made = set()
        for value in (None, "", "a b", "ñ".encode().decode("latin-1"), "x" * 129, "a/b", '"'):
            headers = {} if value is None else {"X-Request-Id": value}
            answer = self.root.get("/v1/workspaces", headers=headers)
            self.assertRegex(answer.header("X-Request-Id"), r"^[A-Za-z0-9._-]{1,128}$")
            self.assertNotEqual(answer.header("X-Request-Id"), value)
            made.add(answer.header("X-Request-Id"))
        self.assertEqual(len(made), 7)

    def test_the_request_id_stands_in_the_event(self):
        body = {"name": "x", "environment": "live", "scopes": []}
        answer = self.root.post(
            f"/v1/workspaces/{self.home}/keys", body, headers={"X-Request-Id": "mine-1"}
        )
        event = self.history(self.expect(answer, 201)["key"]["id"])[0]
        self.assertEqual(event["requestId"], "mine-1")

    def test_every_answer_tells_how_new_it_is(self):
        for answer in (
            self.root.get("/v1/workspaces"),
            self.root.get("/v1/nowhere"),
            self.anonymous.get("/v1/me"),
            self.anonymous.get(f"/v1/authorize/{self.home}"),
            self.anonymous.post("/v1/verify", {}),
        ):
            self.assertRegex(answer.header("X-Ledger-Seq") or "", r"^\d+$")
            self.assertIsNotNone(answer.header("X-Request-Id"))

    def test_a_write_answers_its_own_events_seq(self):
        key = self.key(self.home)
        for change in (
            lambda: self.root.patch(f"/v1/keys/{key.id}", {"name": "a"}),
            lambda: self.root.post(f"/v1/keys/{key.id}:suspend", {}),
            lambda: self.root.patch(f"/v1/workspaces/{self.home}", {"name": "b"}),
        ):
            answer = change()
            self.expect(answer)
            page = self.expect(self.root.get(f"/v1/events?from={answer.seq}&limit=1"))
            self.assertEqual(page["items"][0]["seq"], answer.seq)
            self.assertEqual(page["items"][0]["requestId"], answer.header("X-Request-Id"))
            self.assertGreaterEqual(self.root.get("/v1/workspaces").seq, answer.seq)

    def test_a_state_that_is_there_is_answered_and_a_later_one_waited_for(self):
        seq = self.root.patch(f"/v1/workspaces/{self.home}", {"name": "c"}).seq
        self.expect(self.root.get("/v1/workspaces", headers={"X-Ledger-At-Least": str(seq)}))
        for path, method, body in (
            ("/v1/workspaces", "GET", None),
            ("/v1/verify", "POST", {"token": "x"}),
        ):
            with self.subTest(path):
                start = time.monotonic()
                answer = self.root.request(
                    method, path, body, {"X-Ledger-At-Least": str(seq + 10**9)}
                )
                self.assertIn(self.problem(answer, 503)["code"], ("stale", "unavailable"))
                self.assertGreater(time.monotonic() - start, 0.8)
                self.assertLess(time.monotonic() - start, 5)
        for wrong in ("-1", "x", "1.5", "99999999999999999999999"):
            answer = self.root.get("/v1/workspaces", headers={"X-Ledger-At-Least": wrong})
            self.problem(answer, 400, "invalid_request")

    def test_a_waiting_request_is_answered_as_soon_as_the_state_is_there(self):
        seq = self.root.get("/v1/workspaces").seq

        def ask(index):
            client = self.server.client(self.server.root_token)
            if index == 0:
                answer = client.get("/v1/workspaces", headers={"X-Ledger-At-Least": str(seq + 2)})
            else:
                for name in ("d", "e", "f"):
                    answer = client.patch(f"/v1/workspaces/{self.home}", {"name": name})
            client.close()
            return answer.status

        self.assertEqual(in_threads(2, ask), [200, 200])

    def test_an_unknown_path_is_not_found(self):
        for path in (
            "/v1",
            "/v1/",
            "/v2/workspaces",
            "/v1/workspaces/",
            "/v1/keys",
            "/v1/Workspaces",
            "/v1/workspaces/a/b",
            "/v1/verify/",
            "//v1/workspaces",
        ):
            with self.subTest(path):
                self.problem(self.root.get(path), 404, "not_found")

    def test_a_wrong_method_is_told_the_right_ones(self):
        for method, path, allowed in (
            ("DELETE", "/v1/workspaces", {"GET", "POST"}),
            ("GET", "/v1/verify", {"POST"}),
            ("PUT", f"/v1/workspaces/{self.home}", {"GET", "PATCH"}),
            ("POST", "/v1/me", {"GET"}),
            ("GET", "/v1/tokens:revoke", {"POST"}),
        ):
            with self.subTest(f"{method} {path}"):
                answer = self.root.request(method, path)
                self.problem(answer, 405)
                told = {name.strip() for name in answer.header("Allow").split(",")}
                self.assertLessEqual(allowed, told)
                self.assertNotIn(method, told)

    def test_a_segment_is_decoded_once(self):
        self.expect(self.root.get(f"/v1/workspaces/{self.home.replace('-', '%2D')}"))
        self.problem(self.root.get(f"/v1/workspaces/{self.home.replace('-', '%252D')}"), 404)
        self.assertIn(self.root.get("/v1/workspaces/%zz").status, (400, 404))
        self.assertIn(self.root.get(f"/v1/workspaces/..%2F{self.home}").status, (400, 404))
