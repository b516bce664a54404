"""The commands that ask a server, from the outside: output, exit codes, secrets."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from cases import made_up_token
from harness import environment_of, run_program
from terminal import (CONFLICT, ERROR, NOT_AUTHORISED, NOT_FOUND, SUCCESS, UNAVAILABLE, USAGE,
                      TerminalCase)

NO_KEY = "key_00000000000000000000000000"


class Commands(TerminalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = Path(tempfile.mkdtemp(dir=cls.server.directory))

    def file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def test_a_workspace_is_made_read_changed_and_listed(self):
        made = self.one("workspaces", "create", "--slug", "one", "--name", "One", "--prefix", "on",
                        "--environment", "live", "--environment", "test:t1", "--scopes", "a:b,c:d")
        self.assertEqual([(e["name"], e["tag"]) for e in made["environments"]],
                         [("live", "live"), ("test", "t1")])
        self.assertEqual([s["name"] for s in made["scopes"]], ["a:b", "c:d"])
        self.assertEqual(self.one("workspaces", "get", "one"), made)
        patch = self.file("patch.json", '{"name": "Uno", "locale": "es"}')
        changed = self.one("workspaces", "update", "one", "--file", patch, "--if-match", "1")
        self.assertEqual((changed["name"], changed["locale"], changed["revision"]), ("Uno", "es", 2))
        self.cli("workspaces", "update", "one", "--file", patch, "--if-match", "1", status=CONFLICT)
        self.assertIn("one", [w["slug"] for w in self.many("workspaces", "list")])

    def test_a_workspace_comes_from_a_file_or_standard_input(self):
        document = {"slug": "two", "name": "Two", "prefix": "tw",
                    "environments": [{"name": "live", "tag": "live"}]}
        made = self.one("workspaces", "create", "--file", "-", text_in=json.dumps(document))
        self.assertEqual(made["slug"], "two")
        path = self.file("three.json", json.dumps(document | {"slug": "x"}))
        made = self.one("workspaces", "create", "--file", path, "--slug", "three", "--reason", "why")
        self.assertEqual(made["slug"], "three")
        events = self.many("events", "--type", "WorkspaceCreated", "--workspace", "three")
        self.assertEqual([e["reason"] for e in events], ["why"])

    def test_a_key_lives_its_life(self):
        slug = self.workspace(scopes=[{"name": "a:b"}, {"name": "c:d"}])
        made = self.one("keys", "create", "--workspace", slug, "--name", "first", "--environment",
                        "live", "--scopes", "a:b", "--owner", "ada", "--metadata", '{"n": 1}',
                        "--rate-limit", "300/1m", "--quota", "10/1d", "--resource", "agent/a1",
                        "--allowed-ips", "127.0.0.1,10.0.0.0/8", "--expires-at", "+30d")
        key, token = made["key"], made["token"]
        self.assertEqual(self.code(token, ip="127.0.0.1", resource={"kind": "agent", "id": "a1"}),
                         "valid")
        self.assertEqual(key["rateLimit"], {"limit": 300, "window": "1m"})
        self.assertEqual(key["resource"], {"kind": "agent", "id": "a1"})
        self.assertEqual(key["allowedIps"], ["127.0.0.1", "10.0.0.0/8"])
        self.assertEqual(self.one("keys", "get", key["id"])["name"], "first")
        changed = self.one("keys", "update", key["id"], "--owner", "", "--expires-at", "", "--name",
                           "second", "--if-match", "1")
        self.assertEqual((changed["owner"], changed["expiresAt"], changed["name"]),
                         (None, None, "second"))
        scoped = self.one("keys", "scopes", key["id"], "--scopes", "a:b,c:d")
        self.assertEqual(scoped["scopes"], ["a:b", "c:d"])
        self.assertEqual(self.one("keys", "suspend", key["id"])["status"], "suspended")
        self.assertEqual(self.one("keys", "resume", key["id"])["status"], "active")
        rotated = self.one("keys", "rotate", key["id"], "--grace", "10m")
        self.assertEqual(self.code(rotated["token"], ip="127.0.0.1",
                                   resource={"kind": "agent", "id": "a1"}), "valid")
        revoked = self.many("keys", "revoke", key["id"], "--yes", "--reason", "done")
        self.assertEqual([k["status"] for k in revoked], ["revoked"])
        self.assertEqual(
            [e["type"] for e in self.many("keys", "events", key["id"])],
            ["KeyCreated", "KeyChanged", "KeyScoped", "KeySuspended", "KeyResumed", "KeyRotated",
             "KeyRevoked"])
        then = self.one("keys", "get", key["id"], "--as-of", str(key["seq"]))
        self.assertEqual((then["name"], then["status"]), ("first", "active"))

    def test_quiet_prints_the_token_alone(self):
        slug = self.workspace()
        made = self.cli("keys", "create", "--workspace", slug, "--name", "q", "--environment", "live",
                        "--quiet", "--idempotency-key", "once")
        self.assertRegex(made.stdout, r"^hr_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}\n$")
        self.assertEqual(self.code(made.stdout.strip()), "valid")
        again = self.cli("keys", "create", "--workspace", slug, "--name", "q", "--environment",
                         "live", "--quiet", "--idempotency-key", "once", status=CONFLICT)
        self.assertEqual(again.stdout, "")
        self.assertEqual(len(self.many("keys", "list", "--workspace", slug)), 1)

    def test_a_document_gives_what_flags_do_not(self):
        slug = self.workspace()
        path = self.file("key.json", json.dumps(
            {"name": "from file", "environment": "live", "scopes": ["a:b"], "owner": "ada"}))
        made = self.one("keys", "create", "--workspace", slug, "--file", path, "--owner", "bob")
        self.assertEqual((made["key"]["name"], made["key"]["owner"], made["key"]["scopes"]),
                         ("from file", "bob", ["a:b"]))

    def test_lists_go_to_their_end_or_to_the_limit(self):
        slug = self.workspace()
        items = [{"digest": "sha256:" + f"{n:064x}", "name": f"k{n}", "environment": "live",
                  "scopes": [], "owner": "ada" if n % 2 else "bob"} for n in range(2300)]
        self.expect(self.root.post(f"/v1/workspaces/{slug}/keys:import", {"items": items}), 201)
        listed = self.many("keys", "list", "--workspace", slug)
        self.assertEqual(len({key["id"] for key in listed}), 2300)
        self.assertEqual(len(self.many("keys", "list", "--workspace", slug, "--limit", "1001")), 1001)
        self.assertEqual(len(self.many("keys", "list", "--workspace", slug, "--owner", "ada")), 1150)
        whole = json.loads(self.cli("keys", "list", "--workspace", slug, "-o", "json").stdout)
        self.assertEqual(whole, listed)
        self.assertEqual(self.cli("keys", "list", "--workspace", slug, "--owner", "nobody", "-o",
                                  "json").stdout, "[]\n")
        table = self.cli("keys", "list", "--workspace", slug, "-o", "table").stdout.splitlines()
        self.assertEqual(len(table), 2301)
        self.assertTrue(table[0].startswith("ID "), table[0])
        for wrong in ("0", "-1", "x", "1.5", ""):
            self.cli("keys", "list", "--workspace", slug, "--limit", wrong, status=USAGE)

    def test_exit_codes(self):
        slug = self.workspace()
        reader = self.admin(["keys:read"])
        wrong = made_up_token("kl", "admin")
        for status, arguments, named in [
            (SUCCESS, ["workspaces", "get", slug], {}),
            (ERROR, ["keys", "create", "--workspace", slug, "--name", ""], {}),
            (USAGE, ["keys", "get"], {}),
            (USAGE, ["keys", "get", NO_KEY, "-o", "yaml"], {}),
            (USAGE, ["keys", "list"], {}),
            (USAGE, ["keys", "get", NO_KEY, "--url", "ftp://x"], {}),
            (USAGE, ["keys", "update", NO_KEY], {}),
            (NOT_FOUND, ["keys", "get", NO_KEY], {}),
            (NOT_FOUND, ["workspaces", "get", "no-such"], {}),
            (NOT_AUTHORISED, ["keys", "get", NO_KEY], {"token": wrong}),
            (NOT_AUTHORISED, ["keys", "suspend", NO_KEY], {"token": reader.token}),
            (CONFLICT, ["workspaces", "create", "--slug", slug, "--name", "x", "--prefix", "x",
                        "--environment", "live"], {}),
            (UNAVAILABLE, ["keys", "get", NO_KEY, "--url", "http://127.0.0.1:1"], {}),
            (UNAVAILABLE, ["keys", "get", NO_KEY, "--url", "unix:/no/such.sock"], {}),
        ]:
            with self.subTest(arguments):
                result = self.cli(*arguments, status=status, **named)
                if status != SUCCESS:
                    self.assertEqual(result.stdout, "")
                    self.assertTrue(result.stderr.startswith("keyledger "), result.stderr)
                    self.assertNotIn(wrong, result.stderr)

    def test_each_fault_is_a_line(self):
        slug = self.workspace()
        result = self.cli("keys", "create", "--workspace", slug, "--name", "", "--environment",
                          "live", "--scopes", "not a scope", "--rate-limit", "300", status=USAGE)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 3, lines)
        for place in ("--name: ", "--rate-limit (/rateLimit/window): ", "--scopes (/scopes/0): "):
            self.assertEqual(sum(line.startswith(f"keyledger keys create: {place}")
                                 for line in lines), 1, lines)

    def test_a_fault_is_named_by_its_flag(self):
        slug = self.workspace()
        key = self.key(slug)
        for flag, arguments in (("--as-of", ["keys", "get", key.id, "--as-of", "soon"]),
                                ("--unused-since", ["keys", "list", "--workspace", slug,
                                                    "--unused-since", "x"]),
                                ("--at", ["explain", key.id, "--at", "x"])):
            result = self.cli(*arguments, status=USAGE)
            self.assertIn(f": {flag}: ", result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_a_call_without_a_token_says_so(self):
        result = run_program("workspaces", "list", environment={
            "KEYLEDGER_URL": f"http://{self.server.host}:{self.server.port}"})
        self.assertEqual(result.returncode, NOT_AUTHORISED)
        self.assertIn("KEYLEDGER_TOKEN is not set", result.stderr)

    def test_the_callers_token_comes_from_a_file_too(self):
        path = self.file("root.key", self.server.root_token + "\n")
        url = f"http://{self.server.host}:{self.server.port}"
        for arguments, text_in in ([path], None), (["-"], self.server.root_token):
            result = run_program("workspaces", "list", "--url", url, "--token-file", *arguments,
                                 text_in=text_in)
            self.assertEqual(result.returncode, SUCCESS, result.stderr)
        # Who gives the token itself where its file is wanted does not see it again.
        result = run_program("workspaces", "list", "--url", url, "--token-file", "kl_admin_cut")
        self.assertEqual(result.returncode, ERROR)
        self.assertIn("--token-file: can't be read", result.stderr)
        self.assertNotIn("kl_admin_cut", result.stderr)

    def test_a_token_is_never_an_argument(self):
        token = self.key(self.workspace()).token
        for arguments in (["verify", token], ["keys", "get", token], ["keys", "revoke", token],
                          ["tokens", "revoke", token], ["keys", "list", "--workspace", token],
                          ["workspaces", "list", "--token-file", token], ["version", token],
                          ["--token=" + token], ["--token", token, "keys", "list"], [token]):
            with self.subTest(arguments[:2]):
                result = self.cli(*arguments, status=USAGE)
                self.assertNotIn(token, result.stderr)
                self.assertNotIn(token, result.stdout)
                self.assertIn("not given as an argument", result.stderr)

    def test_verify_says_yes_by_its_exit_code(self):
        slug = self.workspace(scopes=[{"name": "a:b"}, {"name": "c:d"}])
        key = self.key(slug, scopes=["a:b"])
        good = self.one("verify", "--workspace", slug, "--scopes", "a:b", text_in=key.token + "\n")
        self.assertEqual((good["valid"], good["keyId"]), (True, key.id))
        bad = self.one("verify", "--scopes", "a:b,c:d", text_in=key.token, status=NOT_AUTHORISED)
        self.assertEqual((bad["code"], bad["missingScopes"]), ("insufficient_scope", ["c:d"]))
        path = self.file("token", key.token)
        self.assertTrue(self.one("verify", "--file", path, "--environment", "live")["valid"])
        self.assertEqual(self.one("verify", text_in=made_up_token(), status=NOT_AUTHORISED)["code"],
                         "unknown")
        self.cli("verify", "--file", self.directory / "none", status=USAGE)

    def test_usage_is_shown(self):
        key = self.key(self.workspace())
        self.assertEqual(self.code(key.token), "valid")
        self.used(key.id, {"valid": 1})
        usage = self.one("keys", "usage", key.id, "--since", "-1h", "--bucket", "1m")
        self.assertEqual(usage["total"], 1)
        table = self.cli("keys", "usage", key.id, "-o", "table").stdout
        self.assertRegex(table, r"last used \d{4}-")
        self.assertRegex(table, r"in all +1 +\d+ +valid=1\n")

    def test_the_equal_call_of_curl_does_the_same_and_shows_no_secret(self):
        slug = self.workspace()
        printed = self.cli("keys", "create", "--workspace", slug, "--name", "it's", "--environment",
                           "live", "--idempotency-key", "k1", "--curl")
        self.assertEqual(self.many("keys", "list", "--workspace", slug), [])
        self.assertNotIn(self.server.root_token, printed.stdout)
        self.assertIn("$KEYLEDGER_TOKEN", printed.stdout)

        def run(line, **variables):
            environment = environment_of(self.environment() | variables)
            result = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30,
                                    env=environment)
            self.assertEqual(result.returncode, 0, result.stderr)
            return json.loads(result.stdout)
        made = run(printed.stdout)
        self.assertEqual(made["key"]["name"], "it's")
        printed = self.cli("verify", "--workspace", slug, "--curl", text_in=made["token"])
        self.assertNotIn(made["token"], printed.stdout)
        self.assertTrue(run(printed.stdout, TOKEN=made["token"])["valid"])
        listed = self.cli("keys", "list", "--workspace", slug, "--owner", "a b&c", "--curl")
        self.assertEqual(run(listed.stdout)["items"], [])
        printed = self.cli("keys", "revoke", made["key"]["id"], "--curl")
        self.assertEqual(self.code(made["token"]), "valid")
        self.assertEqual(run(printed.stdout)["status"], "revoked")
        printed = self.cli("tokens", "revoke", "--curl")
        self.assertEqual(run(printed.stdout, TOKEN=made["token"])["items"][0]["result"],
                         "already_revoked")

    def test_a_new_line_in_a_header_is_refused(self):
        slug = self.workspace()
        self.cli("keys", "create", "--workspace", slug, "--name", "x", "--environment", "live",
                 "--idempotency-key", "a\r\nX-Evil: 1", status=UNAVAILABLE)
        self.assertEqual(self.many("keys", "list", "--workspace", slug), [])

    def test_output_that_can_not_be_written_is_no_success(self):
        from harness import BINARY
        with open("/dev/full", "w") as full:
            result = subprocess.run([BINARY, "workspaces", "list"], stdout=full,
                                    stderr=subprocess.PIPE,
                                    env=environment_of(self.environment()), timeout=30)
        self.assertEqual(result.returncode, ERROR)


class OnATerminal(TerminalCase):
    def test_lists_are_tables_as_wide_as_the_terminal(self):
        slug = self.workspace()
        key = self.key(slug, name="鍵 с кириллицей", owner="ada",
                       scopes=[f"resource{n}:action" for n in range(20)])
        status, shown = self.on_terminal("keys", "list", "--workspace", slug, columns=120)
        self.assertEqual(status, SUCCESS, shown)
        title, line = shown.splitlines()
        self.assertRegex(title, r"^ID +STATUS +ENVIRONMENT +OWNER ")
        self.assertRegex(line, rf"^{key.id}  active  live +ada ")
        status, shown = self.on_terminal("keys", "get", key.id)
        self.assertEqual(status, SUCCESS, shown)
        self.assertRegex(shown, r"(?m)^name +鍵 с кириллицей$")
        self.assertLessEqual(max(len(line) for line in shown.splitlines()), 100)

    def test_json_and_lines_as_asked(self):
        slug = self.workspace()
        for form in ("json", "ndjson"):
            status, shown = self.on_terminal("workspaces", "get", slug, "-o", form)
            self.assertEqual((status, json.loads(shown)["slug"]), (SUCCESS, slug))

    def test_a_new_keys_token_is_shown_with_a_word_of_warning(self):
        slug = self.workspace()
        status, shown = self.on_terminal("keys", "create", "--workspace", slug, "--name", "n",
                                         "--environment", "live")
        self.assertEqual(status, SUCCESS)
        token = re.search(r"^hr_live_\w+$", shown, re.M).group()
        self.assertIn("shown this once", shown)
        self.assertEqual(self.code(token), "valid")

    def test_revoke_asks_and_obeys(self):
        key = self.key(self.workspace())
        for reply, revoked in ("n\n", False), ("\n", False), ("yes please\n", False), ("y\n", True):
            status, shown = self.on_terminal("keys", "revoke", key.id, replies=[("[y/N] ", reply)])
            self.assertIn(f"Revoke {key.id}? This is for ever. [y/N] ", shown)
            self.assertEqual(status, SUCCESS if revoked else ERROR, shown)
            self.assertEqual(self.code(key.token), "revoked" if revoked else "valid")
        self.assertIn("LAST USED", shown)
        self.assertIn("USES IN 24 H", shown)


if __name__ == "__main__":
    unittest.main()
