"""Health, metrics and the description of the API."""

import re
import signal

from cases import LedgerCase
from harness import eventually


class Health(LedgerCase):
    def test_a_serving_node_is_alive_and_ready(self):
        for path in ("/livez", "/readyz", "/readyz?verbose"):
            answer = self.anonymous.get(path)
            self.assertEqual(answer.status, 200, path)
        self.assertGreater(
            len(self.anonymous.get("/readyz?verbose").body), len(self.anonymous.get("/readyz").body)
        )
        head = self.anonymous.request("HEAD", "/livez")
        self.assertEqual((head.status, head.body), (200, b""))

    def test_metrics_are_text_and_never_name_a_key(self):
        home = self.workspace()
        key = self.key(home)
        for _ in range(3):
            self.assertEqual(self.code(key.token), "valid")
        answer = self.anonymous.get("/metrics")
        self.assertEqual(answer.status, 200)
        text = answer.body.decode()
        self.assertNotIn(key.id, text)
        self.assertNotIn(key.document["hint"], text)
        samples = [line for line in text.splitlines() if line and not line.startswith("#")]
        self.assertGreater(len(samples), 5)
        for line in samples:
            self.assertTrue(
                re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? \S+( \d+)?", line), line
            )
        self.assertIn("keyledger_", text)

    def test_the_version_is_told(self):
        self.assertRegex(self.anonymous.get("/version").body.decode(), r"\d+\.\d+\.\d+")

    def test_the_description_of_the_api_names_every_path_of_it(self):
        answer = self.anonymous.get("/openapi.json")
        document = self.expect(answer)
        self.assertRegex(document["openapi"], r"^3\.")
        for path in (
            "/v1/verify",
            "/v1/workspaces",
            "/v1/events",
            "/v1/me",
            "/v1/introspect",
            "/v1/tokens:revoke",
        ):
            self.assertIn(path, document["paths"])

    def test_a_server_that_was_told_to_end_takes_no_more_connections_and_ends(self):
        self.server.child.signal(signal.SIGTERM)

        def refuses():
            client = self.server.client()
            try:
                return client.get("/readyz").status == 503
            except OSError:
                return True
            finally:
                client.close()

        eventually(refuses, 10, "the end of readiness")
        self.assertEqual(self.server.child.wait(), 0)
        self.server.start()
        self.connect()
