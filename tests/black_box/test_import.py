"""Keys minted elsewhere, brought in by their digests."""

import hashlib
import secrets

from cases import LedgerCase, made_up_token, with_wrong_checksum


def digest_of(token):
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def item(token, **fields):
    return {
        "digest": digest_of(token),
        "name": "imported",
        "environment": "live",
        "scopes": [],
    } | fields


class Import(LedgerCase):
    def bring_in(self, workspace, items, **named):
        return self.root.post(f"/v1/workspaces/{workspace}/keys:import", {"items": items}, **named)

    def test_an_imported_key_works_with_its_old_token_of_any_shape(self):
        workspace = self.workspace()
        tokens = [
            "sk-" + secrets.token_hex(20),
            with_wrong_checksum(made_up_token()),
            made_up_token("xx", "y"),
        ]
        self.assertEqual(
            [self.code(token) for token in tokens], ["malformed", "malformed", "unknown"]
        )
        items = [item(token, owner=f"owner {n}", scopes=["a:b"]) for n, token in enumerate(tokens)]
        answer = self.expect(self.bring_in(workspace, items), 201)
        self.assertEqual(
            [made["digest"] for made in answer["items"]], [one["digest"] for one in items]
        )
        for n, (token, made) in enumerate(zip(tokens, answer["items"])):
            verdict = self.verify(token, scopes=["a:b"])
            self.assertEqual(
                (verdict["code"], verdict["keyId"], verdict["owner"]),
                ("valid", made["id"], f"owner {n}"),
            )
        self.assertEqual(self.code(with_wrong_checksum(made_up_token())), "malformed")

    def test_an_imported_key_rotates_into_a_token_of_our_own(self):
        workspace = self.workspace()
        token = "old-" + secrets.token_hex(20)
        key_id = self.expect(self.bring_in(workspace, [item(token)]), 201)["items"][0]["id"]
        new = self.act(key_id, "rotate", {"grace": "1h"})["token"]
        self.assertTrue(new.startswith("hr_live_"))
        self.assertEqual([self.code(token), self.code(new)], ["valid", "valid"])
        self.act(key_id, "revoke")
        self.assertEqual([self.code(token), self.code(new)], ["revoked", "revoked"])

    def test_an_import_is_all_or_nothing(self):
        workspace = self.workspace()
        good = [item("good-" + secrets.token_hex(8)) for _ in range(3)]
        present = "present-" + secrets.token_hex(8)
        self.expect(self.bring_in(workspace, [item(present)]), 201)
        self.problem(self.bring_in(workspace, good + [item(present)]), 409, "conflict")
        native = self.key(workspace)
        self.problem(self.bring_in(workspace, good + [item(native.token)]), 409, "conflict")
        for wrong in (
            {"digest": "sha256:abc"},
            {"digest": "md5:" + "0" * 64},
            {"name": 5},
            {"environment": "nowhere"},
            {"scopes": ["x"]},
            {"surprise": 1},
        ):
            with self.subTest(wrong):
                answer = self.bring_in(workspace, good + [item("x" + secrets.token_hex(8)) | wrong])
                self.blames(
                    answer, "/items/3/" + next(iter(wrong)) + ("/0" if "scopes" in wrong else "")
                )
        listed = self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys"))["items"]
        self.assertEqual(len(listed), 2)
        self.expect(self.bring_in(workspace, good), 201)

    def test_a_digest_twice_in_one_call_is_refused(self):
        workspace = self.workspace()
        token = "twice-" + secrets.token_hex(8)
        answer = self.bring_in(workspace, [item(token), item(token)])
        self.assertIn(answer.status, (400, 409), answer)
        self.assertEqual(
            self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys"))["items"], []
        )

    def test_ten_thousand_keys_are_imported_in_one_call_and_outlive_a_crash(self):
        workspace = self.workspace()
        tokens = [f"bulk-{n}-{secrets.token_hex(8)}" for n in range(10000)]
        answer = self.bring_in(
            workspace, [item(token, name=f"n{n}") for n, token in enumerate(tokens)]
        )
        made = self.expect(answer, 201)["items"]
        self.assertEqual(len({one["id"] for one in made}), 10000)
        self.crash()
        for n in (0, 1, 4999, 9998, 9999):
            verdict = self.verify(tokens[n])
            self.assertEqual((verdict["code"], verdict["keyId"]), ("valid", made[n]["id"]))
        count, cursor = 0, ""
        while cursor is not None:
            page = self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys?limit=1000{cursor}"))
            count += len(page["items"])
            cursor = "&cursor=" + page["nextCursor"] if page["nextCursor"] else None
        self.assertEqual(count, 10000)

    def test_more_than_ten_thousand_are_refused(self):
        workspace = self.workspace()
        answer = self.bring_in(workspace, [item(f"t{n}") for n in range(10001)])
        self.assertIn(answer.status, (400, 413), answer)
        self.assertEqual(
            self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys"))["items"], []
        )

    def test_an_import_may_be_longer_than_other_bodies(self):
        workspace = self.workspace()
        items = [
            item(f"long-{n}-{secrets.token_hex(4)}", metadata={"filler": "x" * 4000})
            for n in range(500)
        ]
        self.expect(self.bring_in(workspace, items), 201)

    def test_an_import_over_eight_mebibytes_is_refused(self):
        workspace = self.workspace()
        answer = self.bring_in(workspace, [item("big", metadata={"filler": "x" * (9 << 20)})])
        self.problem(answer, 413, "too_large")

    def test_the_event_of_an_imported_key_says_where_it_came_from(self):
        workspace = self.workspace()
        token = "seen-" + secrets.token_hex(8)
        key_id = self.expect(self.bring_in(workspace, [item(token)]), 201)["items"][0]["id"]
        event = self.history(key_id)[0]
        self.assertEqual((event["type"], event["data"]["origin"]), ("KeyCreated", "import"))
        self.assertEqual(self.document(key_id)["status"], "active")

    def test_keys_are_revoked_by_their_digests(self):
        workspace = self.workspace()
        token, native = "leak-" + secrets.token_hex(8), self.key(workspace)
        self.expect(self.bring_in(workspace, [item(token)]), 201)
        digests = [digest_of(token), digest_of(native.token), digest_of("nobody's")]
        answer = self.expect(self.root.post("/v1/tokens:revoke", {"digests": digests}))
        self.assertEqual(len(answer["items"]), 3)
        self.assertEqual([self.code(token), self.code(native.token)], ["revoked", "revoked"])
