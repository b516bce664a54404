"""Idempotency-Key: a repeated request is answered again and writes nothing."""

import uuid

from cases import LedgerCase
from harness import in_threads


class Idempotency(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def setUp(self):
        self.named = {"Idempotency-Key": str(uuid.uuid4())}
        self.owner = "owner " + self.named["Idempotency-Key"]
        self.body = {"name": "x", "environment": "live", "scopes": ["a:b"], "owner": self.owner}
        self.path = f"/v1/workspaces/{self.home}/keys"

    def made(self):
        """How many keys the owner has."""
        query = f"?owner={self.owner.replace(' ', '%20')}"
        return len(self.expect(self.root.get(self.path + query))["items"])

    def replayed(self, answer, status=200):
        self.assertEqual(answer.header("Idempotent-Replayed"), "true", answer)
        return self.expect(answer, status)

    def test_a_repeated_creation_gives_the_key_without_its_token(self):
        first = self.root.post(self.path, self.body, headers=self.named)
        made = self.expect(first, 201)
        self.assertIsNone(first.header("Idempotent-Replayed"))
        self.assertIsNotNone(made["token"])
        for _ in range(3):
            again = self.replayed(self.root.post(self.path, self.body, headers=self.named))
            self.assertEqual(again["key"], made["key"])
            self.assertIn("token", again)
            self.assertIsNone(again["token"])
        self.assertEqual(self.made(), 1)

    def test_another_body_is_a_mismatch(self):
        self.expect(self.root.post(self.path, self.body, headers=self.named), 201)
        other = self.body | {"name": "y"}
        self.problem(
            self.root.post(self.path, other, headers=self.named), 422, "idempotency_mismatch"
        )
        self.assertEqual(self.made(), 1)

    def test_a_refusal_is_not_kept(self):
        wrong = self.body | {"environment": "nowhere"}
        self.problem(self.root.post(self.path, wrong, headers=self.named), 400)
        self.expect(self.root.post(self.path, self.body, headers=self.named), 201)

    def test_it_is_the_callers_own(self):
        self.expect(self.root.post(self.path, self.body, headers=self.named), 201)
        other = self.admin(["keys:write"]).token
        answer = self.anonymous.post(self.path, self.body, headers=self.named, token=other)
        self.assertIsNone(answer.header("Idempotent-Replayed"))
        self.expect(answer, 201)
        self.assertEqual(self.made(), 2)

    def test_it_holds_for_one_path(self):
        one, two = self.key(self.home), self.key(self.home)
        for key in (one, two):
            answer = self.root.post(f"/v1/keys/{key.id}:suspend", {}, headers=self.named)
            self.assertEqual(self.expect(answer)["id"], key.id)
            self.assertIsNone(answer.header("Idempotent-Replayed"))
        self.assertEqual([self.code(key.token) for key in (one, two)], ["suspended"] * 2)

    def test_it_survives_a_restart_and_a_crash(self):
        made = self.expect(self.root.post(self.path, self.body, headers=self.named), 201)
        for again in (self.restart, self.crash):
            again()
            answer = self.replayed(self.root.post(self.path, self.body, headers=self.named))
            self.assertEqual((answer["key"]["id"], answer["token"]), (made["key"]["id"], None))
            other = self.root.post(self.path, self.body | {"name": "y"}, headers=self.named)
            self.problem(other, 422, "idempotency_mismatch")
        self.assertEqual(self.made(), 1)

    def test_a_repeated_rotation_rotates_once(self):
        key = self.key(self.home)
        path = f"/v1/keys/{key.id}:rotate"
        first = self.expect(self.root.post(path, {"grace": "1h"}, headers=self.named))
        again = self.replayed(self.root.post(path, {"grace": "1h"}, headers=self.named))
        self.assertIsNone(again["token"])
        self.assertEqual(again["key"]["revision"], first["key"]["revision"])
        self.assertEqual(self.code(first["token"]), "valid")
        self.assertEqual(self.life(key.id), ["KeyCreated", "KeyRotated"])
        other = self.root.post(path, {"grace": "2h"}, headers=self.named)
        self.problem(other, 422, "idempotency_mismatch")

    def test_a_repeated_suspension_does_not_undo_what_came_after(self):
        key = self.key(self.home)
        path = f"/v1/keys/{key.id}:suspend"
        self.expect(self.root.post(path, {}, headers=self.named))
        self.act(key.id, "resume")
        self.replayed(self.root.post(path, {}, headers=self.named))
        self.assertEqual(self.code(key.token), "valid")
        self.assertEqual(self.life(key.id), ["KeyCreated", "KeySuspended", "KeyResumed"])

    def test_a_repeated_workspace_import_and_mass_revocation_are_known_again(self):
        document = {
            "slug": "again-" + self.named["Idempotency-Key"][:8],
            "name": "x",
            "prefix": "x",
            "environments": [{"name": "live", "tag": "live"}],
        }
        self.expect(self.root.post("/v1/workspaces", document, headers=self.named), 201)
        again = self.root.post("/v1/workspaces", document, headers=self.named)
        self.assertIn(again.status, (200, 201), again)
        self.assertEqual(again.header("Idempotent-Replayed"), "true")
        digest = "sha256:" + uuid.uuid4().hex * 2
        items = {"items": [{"digest": digest, "name": "x", "environment": "live", "scopes": []}]}
        made = self.expect(self.root.post(self.path + ":import", items, headers=self.named), 201)
        again = self.root.post(self.path + ":import", items, headers=self.named)
        self.assertIn(again.status, (200, 201), again)
        self.assertEqual((again.json, again.header("Idempotent-Replayed")), (made, "true"))
        revoke = {"owner": self.owner}
        for _ in range(2):
            self.expect(self.root.post(self.path + ":revoke", revoke, headers=self.named))

    def test_the_same_request_in_eight_threads_writes_once(self):
        def create(_):
            client = self.server.client(self.server.root_token)
            answer = client.post(self.path, self.body, headers=self.named)
            client.close()
            return answer

        answers = in_threads(8, create)
        self.assertEqual(self.made(), 1)
        self.assertEqual(sorted(answer.status for answer in answers), [200] * 7 + [201])
        self.assertEqual(len({answer.json["key"]["id"] for answer in answers}), 1)
        self.assertEqual(sum(answer.json["token"] is not None for answer in answers), 1)

    def test_an_idempotency_key_that_is_too_long_is_refused(self):
        answer = self.root.post(self.path, self.body, headers={"Idempotency-Key": "x" * 300})
        self.problem(answer, 400, "invalid_request")
        self.assertEqual(self.made(), 0)
