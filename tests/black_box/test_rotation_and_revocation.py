"""A key's life: rotated, suspended, resumed, revoked."""

import time

from cases import LedgerCase, made_up_token, rfc3339, seconds_of, wait_past
from harness import in_threads


class Life(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls("workspace").workspace()

    def test_without_grace_the_older_secret_ends_at_once(self):
        key = self.key(self.home, scopes=["a:b"])
        answer = self.root.post(f"/v1/keys/{key.id}:rotate", {"grace": "0s"})
        rotated = self.expect(answer)
        self.assertEqual(rotated["key"]["id"], key.id)
        self.assertNotEqual(rotated["token"], key.token)
        self.assertEqual(self.code(rotated["token"], scopes=["a:b"]), "valid")
        self.assertEqual(self.code(key.token), "revoked")
        self.assertEqual(self.verify(key.token)["keyId"], key.id)
        self.assertEqual([s["version"] for s in rotated["key"]["secrets"]][-1], 2)
        self.assertIsNotNone(rotated["key"]["rotatedAt"])
        self.assertEqual(answer.header("ETag"), f'"{rotated["key"]["revision"]}"')
        self.assertEqual(answer.seq, rotated["key"]["seq"])

    def test_no_grace_is_what_a_rotation_has_if_none_is_named(self):
        key = self.key(self.home)
        self.act(key.id, "rotate")
        self.assertEqual(self.code(key.token), "revoked")

    def test_in_grace_both_secrets_work_and_then_only_the_newer_one(self):
        key = self.key(self.home)
        rotated = self.act(key.id, "rotate", {"grace": "1500ms"})
        older = next(s for s in rotated["key"]["secrets"] if s["version"] == 1)
        ends = seconds_of(older["validUntil"])
        self.assertEqual(self.code(rotated["token"]), "valid")
        self.assertEqual(self.code(key.token), "valid")
        self.assertLess(time.time(), ends, "the grace was too short for this test")
        wait_past(ends)
        self.assertEqual(self.code(key.token), "revoked")
        self.assertEqual(self.code(rotated["token"]), "valid")

    def test_a_rotation_without_grace_ends_secrets_in_grace_too(self):
        key = self.key(self.home)
        second = self.act(key.id, "rotate", {"grace": "24h"})["token"]
        self.assertEqual(self.code(key.token), "valid")
        third = self.act(key.id, "rotate", {"grace": "0s"})["token"]
        self.assertEqual(
            [self.code(token) for token in (key.token, second, third)],
            ["revoked", "revoked", "valid"],
        )

    def test_a_later_grace_never_lengthens_an_earlier_one(self):
        key = self.key(self.home)
        second = self.act(key.id, "rotate", {"grace": "1500ms"})
        ends = seconds_of(second["key"]["secrets"][0]["validUntil"])
        third = self.act(key.id, "rotate", {"grace": "24h"})
        wait_past(ends)
        self.assertEqual(
            [self.code(token) for token in (key.token, second["token"], third["token"])],
            ["revoked", "valid", "valid"],
        )

    def test_a_wrong_grace_is_refused(self):
        key = self.key(self.home)
        for grace in ("soon", "-1s", 5, "", "1 day", None):
            with self.subTest(grace=grace):
                self.blames(self.root.post(f"/v1/keys/{key.id}:rotate", {"grace": grace}), "/grace")
        self.assertEqual(self.code(key.token), "valid")

    def test_grace_survives_a_restart(self):
        key = self.key(self.home)
        second = self.act(key.id, "rotate", {"grace": "1h"})["token"]
        self.restart()
        self.assertEqual([self.code(key.token), self.code(second)], ["valid", "valid"])

    def test_a_suspended_key_works_again_when_resumed(self):
        key = self.key(self.home)
        suspended = self.act(key.id, "suspend")
        self.assertEqual((suspended["status"], self.code(key.token)), ("suspended", "suspended"))
        self.assertIsNotNone(suspended["suspendedAt"])
        resumed = self.act(key.id, "resume")
        self.assertEqual((resumed["status"], self.code(key.token)), ("active", "valid"))
        self.assertIsNone(resumed["suspendedAt"])
        self.assertEqual(self.life(key.id), ["KeyCreated", "KeySuspended", "KeyResumed"])

    def test_suspending_or_resuming_twice_is_one_event(self):
        key = self.key(self.home)
        for action in ("suspend", "suspend", "resume", "resume"):
            self.act(key.id, action)
        self.assertEqual(self.life(key.id), ["KeyCreated", "KeySuspended", "KeyResumed"])

    def test_a_revocation_is_for_ever_and_a_second_one_is_no_event(self):
        key = self.key(self.home)
        revoked = self.act(key.id, "revoke")
        self.assertEqual((revoked["status"], self.code(key.token)), ("revoked", "revoked"))
        again = self.act(key.id, "revoke")
        self.assertEqual(
            (again["revokedAt"], again["revision"]), (revoked["revokedAt"], revoked["revision"])
        )
        self.assertEqual(self.life(key.id), ["KeyCreated", "KeyRevoked"])
        for action in ("resume", "suspend", "rotate"):
            with self.subTest(action):
                self.problem(self.root.post(f"/v1/keys/{key.id}:{action}", {}), 409, "conflict")
        self.problem(self.root.patch(f"/v1/keys/{key.id}", {"name": "x"}), 409, "conflict")
        self.assertEqual(self.code(key.token), "revoked")

    def test_actions_need_no_body(self):
        key = self.key(self.home)
        for action in ("suspend", "resume", "rotate", "revoke"):
            with self.subTest(action):
                self.expect(self.root.post(f"/v1/keys/{key.id}:{action}"))
        self.assertEqual(self.document(key.id)["status"], "revoked")

    def test_a_revocation_answers_when_the_key_was_last_used(self):
        key = self.key(self.home)
        for _ in range(3):
            self.assertEqual(self.code(key.token, durable=True), "valid")
        revoked = self.act(key.id, "revoke")
        self.assertLess(abs(seconds_of(revoked["lastUsedAt"]) - time.time()), 5)

    def test_revoked_in_eight_threads_at_once_it_is_one_event(self):
        key = self.key(self.home)

        def revoke(_):
            client = self.server.client(self.server.root_token)
            return client.post(f"/v1/keys/{key.id}:revoke", {}).status

        self.assertEqual(in_threads(8, revoke), [200] * 8)
        self.assertEqual(self.life(key.id), ["KeyCreated", "KeyRevoked"])

    def test_rotated_in_eight_threads_at_once_only_the_last_secret_works(self):
        key = self.key(self.home)

        def rotate(_):
            client = self.server.client(self.server.root_token)
            answer = client.post(f"/v1/keys/{key.id}:rotate", {"grace": "0s"})
            self.assertEqual(answer.status, 200, answer)
            return answer.json["key"]["revision"], answer.json["token"]

        tokens = [token for _, token in sorted(in_threads(8, rotate))]
        self.assertEqual([self.code(token) for token in tokens], ["revoked"] * 7 + ["valid"])

    def test_a_pending_key_begins_by_itself(self):
        begins = time.time() + 1.2
        key = self.key(self.home, notBefore=rfc3339(begins))
        self.assertEqual(self.code(key.token), "pending")
        wait_past(begins)
        self.assertEqual(self.code(key.token), "valid")
        self.assertEqual(self.document(key.id)["status"], "active")

    def test_an_expired_key_can_be_given_more_time(self):
        ends = time.time() + 1.2
        key = self.key(self.home, expiresAt=rfc3339(ends))
        self.assertEqual(self.code(key.token), "valid")
        wait_past(ends)
        self.assertEqual(self.code(key.token), "expired")
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"expiresAt": rfc3339(ends + 3600)}))
        self.assertEqual(self.code(key.token), "valid")

    def test_all_keys_of_an_owner_are_revoked_at_once(self):
        workspace, elsewhere = self.workspace(), self.workspace()
        his = [self.key(workspace, owner="mallory") for _ in range(5)]
        other, far = self.key(workspace, owner="alice"), self.key(elsewhere, owner="mallory")
        answer = self.root.post(f"/v1/workspaces/{workspace}/keys:revoke", {"owner": "mallory"})
        self.expect(answer)
        self.assertEqual([self.code(key.token) for key in his], ["revoked"] * 5)
        self.assertEqual([self.code(key.token) for key in (other, far)], ["valid"] * 2)
        seqs = sorted(self.document(key.id)["seq"] for key in his)
        self.assertEqual(
            seqs, list(range(seqs[0], seqs[0] + 5)), "one entry: no event between them"
        )
        self.assertGreaterEqual(answer.seq, seqs[-1])

    def test_named_keys_are_revoked_all_or_none(self):
        workspace = self.workspace()
        keys, foreign = [self.key(workspace) for _ in range(3)], self.key(self.workspace())
        path = f"/v1/workspaces/{workspace}/keys:revoke"
        answer = self.root.post(path, {"ids": [keys[0].id, foreign.id]})
        self.assertIn(answer.status, (400, 404), answer)
        self.assertEqual([self.code(key.token) for key in (*keys, foreign)], ["valid"] * 4)
        self.expect(self.root.post(path, {"ids": [keys[0].id, keys[1].id]}))
        self.expect(self.root.post(path, {"ids": [keys[0].id, keys[1].id]}))
        self.assertEqual([self.code(key.token) for key in keys], ["revoked", "revoked", "valid"])
        self.assertEqual(self.life(keys[0].id), ["KeyCreated", "KeyRevoked"])

    def test_a_revocation_of_many_says_what_each_was_used_for_of_late(self):
        workspace = self.workspace()
        used, unused = (self.key(workspace, owner="mallory") for _ in range(2))
        for _ in range(3):
            self.verify(used.token)
        self.verify(used.token, scopes=["no:such"])
        self.used(used.id, {"valid": 3, "insufficient_scope": 1})
        path = f"/v1/workspaces/{workspace}/keys:revoke"
        answer = self.expect(self.root.post(path, {"owner": "mallory"}))
        by_id = {item["id"]: item for item in answer["items"]}
        outcomes = {"valid": 3, "insufficient_scope": 1}
        self.assertEqual(by_id[used.id]["usesLast24h"]["outcomes"], outcomes)
        self.assertIsNotNone(by_id[used.id]["lastUsedAt"])
        self.assertEqual(by_id[unused.id]["usesLast24h"]["total"], 0)
        self.assertIsNone(by_id[unused.id]["lastUsedAt"])
        tokens = [used.token, made_up_token()]
        answer = self.expect(self.root.post("/v1/tokens:revoke", {"tokens": tokens}))
        known, unknown = answer["items"]
        self.assertEqual(known["result"], "already_revoked")
        self.assertEqual(known["usesLast24h"]["outcomes"], outcomes)
        self.assertEqual(known["lastUsedAt"], by_id[used.id]["lastUsedAt"])
        self.assertEqual(unknown["result"], "unknown")
        self.assertNotIn("usesLast24h", unknown)

    def test_wrong_revocations_of_many_are_refused(self):
        key = self.key(self.home, owner="bob")
        path = f"/v1/workspaces/{self.home}/keys:revoke"
        for body in (
            {},
            {"owner": "bob", "ids": [key.id]},
            {"ids": key.id},
            {"ids": ["nonsense"]},
            {"ids": [key.id] * 10001},
            {"owner": ""},
            {"all": True},
        ):
            with self.subTest(str(body)[:60]):
                self.problem(self.root.post(path, body), 400, "invalid_request")
        self.assertEqual(self.code(key.token), "valid")

    def test_leaked_tokens_are_revoked_with_an_answer_for_each(self):
        one, two = self.key(self.home), self.key(self.workspace())
        unknown = made_up_token()
        answer = self.expect(
            self.root.post("/v1/tokens:revoke", {"tokens": [one.token, unknown, "hello"]})
        )
        self.assertEqual(len(answer["items"]), 3)
        text = str(answer)
        self.assertIn(one.id, text)
        for token in (one.token, unknown):
            self.assertNotIn(token, text)
        self.assertEqual([self.code(key.token) for key in (one, two)], ["revoked", "valid"])
        self.expect(self.root.post("/v1/tokens:revoke", {"tokens": [one.token, two.token]}))
        self.assertEqual(self.life(one.id), ["KeyCreated", "KeyRevoked"])
        self.assertEqual(self.code(two.token), "revoked")

    def test_a_repeat_answers_of_leaked_tokens_what_the_first_request_did(self):
        one, elsewhere = self.key(self.home), self.key(self.workspace())
        older = one.token
        newer = self.act(one.id, "rotate", {"grace": "1h"})["token"]
        ended = self.key(self.home)
        self.act(ended.id, "revoke")
        admin = self.admin(["keys:write"], resource={"kind": "workspace", "id": self.home})
        client = self.server.client(admin.token)
        body = {"tokens": [newer, older, newer, made_up_token(), ended.token, elsewhere.token]}
        headers = {"Idempotency-Key": "leak-1"}
        first = client.post("/v1/tokens:revoke", body, headers=headers)
        results = [item["result"] for item in self.expect(first)["items"]]
        already = "already_revoked"
        self.assertEqual(results, ["revoked", already, already, "unknown", already, "unknown"])
        again = client.post("/v1/tokens:revoke", body, headers=headers)
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(self.expect(again), first.json)
        self.assertEqual(self.code(elsewhere.token), "valid")

    def test_whose_a_token_is_can_be_asked_without_a_use(self):
        one, elsewhere = self.key(self.home, owner="ada"), self.key(self.workspace())
        newer = self.act(one.id, "rotate", {"grace": "1h"})["token"]
        ended = self.key(self.home)
        self.act(ended.id, "revoke")
        self.assertEqual(self.code(newer), "valid")
        self.used(one.id, {"valid": 1})
        unknown = made_up_token()
        bound = self.admin(["keys:read"], resource={"kind": "workspace", "id": self.home})
        tokens = [newer, one.token, ended.token, unknown, elsewhere.token]
        answer = self.server.client(bound.token).post("/v1/tokens:find", {"tokens": tokens})
        items = self.expect(answer)["items"]
        for token in tokens:
            self.assertNotIn(token.encode(), answer.body)
        keys = [item["key"] and item["key"]["id"] for item in items]
        self.assertEqual(keys, [one.id, one.id, ended.id, None, None])
        self.assertEqual([item.get("secretVersion") for item in items], [2, 1, 1, None, None])
        self.assertEqual(items[0]["key"], self.document(one.id))
        self.assertEqual(items[2]["key"]["status"], "revoked")
        self.assertEqual(items[0]["usesLast24h"]["outcomes"], {"valid": 1})
        self.used(one.id, {"valid": 1})
        for body in ({}, {"tokens": []}, {"tokens": [newer], "reason": "x"}, {"digests": ["x"]}):
            self.problem(self.root.post("/v1/tokens:find", body), 400, "invalid_request")
        found = self.root.post("/v1/tokens:find", {"digests": [items[0]["digest"]]})
        self.assertEqual(self.expect(found)["items"][0]["key"]["id"], one.id)
        writer = self.admin(["keys:write"])
        body = {"tokens": [newer]}
        self.problem(self.server.client(writer.token).post("/v1/tokens:find", body), 403)

    def test_a_key_is_found_by_what_an_older_secret_of_it_ended_in(self):
        key = self.key(self.home)
        hint = key.document["secrets"][0]["hint"]
        self.act(key.id, "rotate", {"grace": "1h"})
        items = self.expect(self.root.get(f"/v1/workspaces/{self.home}/keys?q={hint}"))["items"]
        self.assertIn(key.id, [item["id"] for item in items])
