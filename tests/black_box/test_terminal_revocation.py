"""What ends keys from the terminal: whom, what is said of each, and the exit code."""

import hashlib
import json
import unittest

from cases import made_up_token
from terminal import CONFLICT, ERROR, NOT_FOUND, USAGE, TerminalCase

NO_KEY = "key_00000000000000000000000000"


class Revocation(TerminalCase):
    def test_many_keys_end_in_one_entry(self):
        slug = self.workspace()
        keys = [self.key(slug, owner="ada") for _ in range(3)]
        self.assertEqual(self.code(keys[0].token), "valid")
        self.used(keys[0].id, {"valid": 1})
        ids = self.server.directory / "ids"
        ids.write_text("".join(f"  {key.id} \r\n\n" for key in keys[:2]))
        revoked = self.many("keys", "revoke", "--workspace", slug, "--ids-file", ids, "--yes")
        self.assertEqual({k["id"] for k in revoked}, {keys[0].id, keys[1].id})
        by_id = {k["id"]: k for k in revoked}
        self.assertEqual(by_id[keys[0].id]["usesLast24h"]["total"], 1)
        self.assertIsNotNone(by_id[keys[0].id]["lastUsedAt"])
        self.assertEqual(by_id[keys[1].id]["usesLast24h"]["total"], 0)
        rest = self.many("keys", "revoke", "--workspace", slug, "--owner", "ada", "--yes")
        self.assertEqual([k["id"] for k in rest], [keys[2].id])
        for key in keys:
            self.assertEqual(self.code(key.token), "revoked")
        for wrong in ([], ["--owner", "ada"], ["--ids-file", ids], [keys[0].id, "--owner", "ada"]):
            self.cli("keys", "revoke", *wrong, "--yes", status=USAGE)

    def test_a_wrong_id_in_a_file_is_named_by_its_line_and_none_is_revoked(self):
        slug = self.workspace()
        key = self.key(slug)
        ids = self.server.directory / "wrong-ids"
        for wrong, status in ((NO_KEY, NOT_FOUND), ("nonsense", ERROR)):
            with self.subTest(wrong):
                ids.write_text(f"{key.id}\n\n{wrong}\n")
                result = self.cli("keys", "revoke", "--workspace", slug, "--ids-file", ids, "--yes",
                                  status=status)
                self.assertIn(f"{ids}:3: ", result.stderr)
                self.assertIn("all or none: none of these 2 keys was", result.stderr)
                self.assertEqual(self.code(key.token), "valid")

    def test_ids_without_a_workspace_are_a_call_each_and_one_fault_stops_no_other(self):
        keys = [self.key(self.workspace()), self.key(self.workspace())]
        result = self.cli("keys", "revoke", keys[0].id, NO_KEY, keys[1].id, "--yes",
                          status=NOT_FOUND)
        self.assertEqual(len(result.stdout.splitlines()), 2)
        self.assertIn(NO_KEY + " was not revoked", result.stderr)
        for key in keys:
            self.assertEqual(self.code(key.token), "revoked")

    def test_whose_leaked_tokens_are_is_said_without_a_use(self):
        key = self.key(self.workspace(), owner="ada")
        digest = "sha256:" + hashlib.sha256(key.token.encode()).hexdigest()
        result = self.cli("tokens", "find", text_in=f"{key.token}\n{digest}\n")
        answered = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([item["key"]["id"] for item in answered], [key.id, key.id])
        self.assertEqual(answered[0]["key"]["owner"], "ada")
        self.assertEqual(answered[0]["usesLast24h"]["total"], 0)
        self.assertNotIn(key.token, result.stdout + result.stderr)
        text = f"{key.token}\n{made_up_token()}\n"
        some = self.cli("tokens", "find", text_in=text, status=ERROR)
        self.assertIn("1 of them no key has", some.stderr)
        self.cli("tokens", "find", text_in="sha256:12\n", status=ERROR)
        self.assertEqual(self.code(key.token), "valid")

    def test_leaked_tokens_end_by_themselves_or_by_their_digests(self):
        slug = self.workspace()
        keys = [self.key(slug) for _ in range(2)]
        digest = "sha256:" + hashlib.sha256(keys[1].token.encode()).hexdigest()
        unknown = made_up_token()
        text = f"{keys[0].token}\n{digest}\n{unknown}\n"
        result = self.cli("tokens", "revoke", "--yes", text_in=text, status=ERROR)
        answered = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual({item["keyId"]: item["result"] for item in answered},
                         {keys[0].id: "revoked", keys[1].id: "revoked", None: "unknown"})
        self.assertIn("usesLast24h", answered[0])
        self.assertIn("2 revoked, 0 were ended before, 1 unknown, 0 refused", result.stderr)
        self.assertNotIn("line 3", result.stderr)  # it has the shape of a token
        for key in keys:
            self.assertEqual(self.code(key.token), "revoked")
        again = self.cli("tokens", "revoke", "--yes", text_in=keys[0].token)
        self.assertIn("0 revoked, 1 were ended before, 0 unknown, 0 refused", again.stderr)

    def test_a_line_that_is_no_token_keeps_no_other_from_its_end(self):
        key = self.key(self.workspace())
        secrets = ["password1", "sha256:1234", "x" * 513]
        text = "\n".join(["", secrets[0], key.token, secrets[1], secrets[2]])
        result = self.cli("tokens", "revoke", "--yes", text_in=text, status=ERROR)
        self.assertEqual(self.code(key.token), "revoked")
        self.assertIn("line 2: unknown, and without the shape of a token", result.stderr)
        self.assertIn("lines 4, 5: no token and no digest", result.stderr)
        self.assertIn("1 revoked, 0 were ended before, 3 unknown, 0 refused", result.stderr)
        for secret in secrets:
            self.assertNotIn(secret, result.stdout + result.stderr)

    def test_many_keys_say_what_they_were_and_an_owner_without_any_is_not_found(self):
        slug = self.workspace()
        key = self.key(slug, owner="ada", name="hers")
        revoke = ("keys", "revoke", "--workspace", slug, "--yes")
        nobody = self.cli(*revoke, "--owner", "bob", status=NOT_FOUND)
        self.assertIn("no key of bob", nobody.stderr)
        (item,) = self.many(*revoke, "--owner", "ada")
        self.assertEqual((item["id"], item["name"], item["status"]), (key.id, "hers", "revoked"))
        again = self.cli(*revoke, "--owner", "ada")
        self.assertEqual(again.stdout, "")
        self.assertIn("all keys of ada were revoked before", again.stderr)
        again = self.cli(*revoke, "--ids-file", "-", text_in=key.id)
        self.assertIn("all of them were revoked before", again.stderr)

    def test_revoke_without_a_terminal_needs_a_yes(self):
        key = self.key(self.workspace())
        result = self.cli("keys", "revoke", key.id, status=USAGE)
        self.assertIn("--yes", result.stderr)
        self.cli("tokens", "revoke", text_in=key.token, status=USAGE)
        self.assertEqual(self.code(key.token), "valid")

    def test_the_last_administrator_is_kept(self):
        system = self.many("keys", "list", "--workspace", "system")
        root = [k["id"] for k in system if "*" in k["scopes"]]
        self.cli("keys", "revoke", root[0], "--yes", status=CONFLICT)
        result = self.cli("tokens", "revoke", "--yes", text_in=self.server.root_token,
                          status=CONFLICT)
        self.assertIn("--force", result.stderr)
        self.assertIn("0 revoked, 0 were ended before, 0 unknown, 1 refused", result.stderr)


if __name__ == "__main__":
    unittest.main()
