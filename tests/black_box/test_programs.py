"""The programs: init, serve, how they end, and what they say about bad settings."""

import http.client
import os
import re
import signal
import threading
import unittest

from cases import LedgerCase
from harness import READY_LINE, START_SECONDS, STOP_SECONDS, Child, Server, eventually, run_program

USAGE, UNAVAILABLE, CONFIGURATION = 2, 7, 78


class Init(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def test_init_prints_the_root_key_and_only_it(self):
        result = run_program("init", "--data", self.server.data)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^kl_admin_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}\n$")
        self.assertNotIn(result.stdout.strip(), result.stderr)

    def test_init_refuses_a_directory_that_has_a_ledger(self):
        token = self.server.init()
        again = run_program("init", "--data", self.server.data)
        self.assertNotEqual(again.returncode, 0)
        self.assertEqual(again.stdout, "")
        self.assertNotEqual(again.stderr, "")
        self.server.start()
        self.assertEqual(self.server.client(token).get("/v1/me").status, 200)
        self.server.stop()

    def test_a_recovered_ledger_has_a_new_root_key_and_all_old_keys(self):
        first = self.server.init()
        self.server.start()
        self.server.stop()
        result = run_program("init", "--recover", "--data", self.server.data)
        self.assertEqual(result.returncode, 0, result.stderr)
        second = result.stdout.strip()
        self.assertRegex(second, r"^kl_admin_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$")
        self.assertNotEqual(first, second)
        self.server.start()
        root = self.server.client(second)
        document = root.get("/v1/me").json
        self.assertEqual(root.get("/v1/workspaces/system").status, 200)
        self.assertEqual(self.server.client(first).get("/v1/me").status, 200)
        events = root.get(f"/v1/keys/{document['id']}/events").json["items"]
        self.assertEqual(events[0]["type"], "KeyCreated")
        self.server.stop()

    def test_recovery_refuses_a_ledger_that_is_being_served(self):
        self.server.init()
        self.server.start()
        result = run_program("init", "--recover", "--data", self.server.data)
        self.assertEqual(result.returncode, UNAVAILABLE, result.stderr)
        self.assertEqual(result.stdout, "")
        self.server.stop()

    def test_recovery_refuses_a_directory_without_a_ledger(self):
        result = run_program("init", "--recover", "--data", self.server.directory / "nothing")
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "")


class Serve(LedgerCase):
    def test_the_ready_line_stands_alone_on_standard_output(self):
        self.root.get("/v1/workspaces")
        self.restart()
        self.expect(self.root.get("/v1/workspaces"))
        self.server.stop()
        self.assertEqual(len(self.server.child.lines), 1)
        self.assertRegex(self.server.child.lines[0], READY_LINE)
        self.server.start()
        self.connect()

    def test_a_restart_keeps_all(self):
        workspace = self.workspace()
        key = self.key(workspace, scopes=["leads:read"], owner="acme", metadata={"a": [1, None]})
        self.act(key.id, "suspend")
        before = self.document(key.id), self.expect(self.root.get(f"/v1/workspaces/{workspace}"))
        history = self.history(key.id)
        self.restart()
        after = self.document(key.id), self.expect(self.root.get(f"/v1/workspaces/{workspace}"))
        self.assertEqual(before, after)
        self.assertEqual(history, self.history(key.id))
        self.assertEqual(self.code(key.token), "suspended")

    def test_sigterm_keeps_every_acknowledged_change(self):
        workspace = self.workspace()
        acknowledged, started = [], threading.Event()

        def write():
            client = self.server.client(self.server.root_token)
            while True:
                try:
                    body = {"name": "n", "environment": "live", "scopes": []}
                    answer = client.post(f"/v1/workspaces/{workspace}/keys", body)
                except (OSError, EOFError, http.client.HTTPException):
                    return
                if answer.status != 201:
                    self.assertEqual(answer.status, 503, answer)
                    return
                acknowledged.append(answer.json["key"]["id"])
                if len(acknowledged) > 50:
                    started.set()

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.assertTrue(started.wait(STOP_SECONDS))
        self.server.stop()
        for thread in threads:
            thread.join()
        self.server.start()
        self.connect()
        for key_id in acknowledged:
            self.document(key_id)

    def test_a_second_server_can_not_take_the_same_directory_or_port(self):
        other = Server()
        self.addCleanup(other.close)
        other.init()
        child = other.spawn(listen=f"127.0.0.1:{self.server.port}")
        self.assertNotEqual(child.wait(START_SECONDS), 0)
        self.assertEqual(child.lines, [])
        child = Child(
            ["serve", "--data", self.server.data, "--listen", "127.0.0.1:0"], other.log_path
        )
        self.assertEqual(child.wait(START_SECONDS), UNAVAILABLE)
        self.assertEqual(child.lines, [])
        self.expect(self.root.get("/v1/workspaces"))

    def test_a_finished_server_can_be_sent_sigint_too(self):
        self.server.child.signal(signal.SIGINT)
        self.assertEqual(self.server.child.wait(), 0)
        self.server.start()
        self.connect()


class Settings(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.config = self.server.directory / "settings.toml"

    def serve(self, *arguments, environment=None):
        """Starts a server that should refuse to; returns its exit status and what it said."""
        child = Child(
            ["serve", "--data", self.server.data, "--listen", "127.0.0.1:0", *arguments],
            self.server.log_path,
            environment,
        )
        try:
            status = child.wait(START_SECONDS)
        finally:
            child.end()
        self.assertEqual(child.lines, [])
        return status, self.server.log_tail()

    def test_an_unknown_setting_is_shown_by_file_line_and_column(self):
        self.server.init()
        self.config.write_text("# settings\n\nno_such_setting = 1\n")
        status, said = self.serve("--config", self.config)
        self.assertEqual(status, CONFIGURATION, said)
        self.assertRegex(said, re.escape(str(self.config)) + r":3:\d+: .")

    def test_a_setting_of_the_wrong_type_is_shown_by_file_line_and_column(self):
        self.server.init()
        self.config.write_text("# settings\n[usage]\n\nflush_interval = true\n")
        status, said = self.serve("--config", self.config)
        self.assertEqual(status, CONFIGURATION, said)
        self.assertRegex(said, re.escape(str(self.config)) + r":4:\d+: .")

    def test_a_file_that_is_not_toml_is_shown_by_file_line_and_column(self):
        self.server.init()
        self.config.write_text("[usage\n")
        status, said = self.serve("--config", self.config)
        self.assertEqual(status, CONFIGURATION, said)
        self.assertRegex(said, re.escape(str(self.config)) + r":1:\d+: .")

    def test_config_check_agrees_with_serve(self):
        self.config.write_text('[usage]\nflush_interval = "50ms"\n')
        good = run_program("config", "check", "--config", self.config)
        self.assertEqual(good.returncode, 0, good.stderr)
        self.config.write_text('[usage]\nflush_intervall = "50ms"\n')
        bad = run_program("config", "check", "--config", self.config)
        self.assertEqual(bad.returncode, CONFIGURATION)
        self.assertRegex(bad.stdout + bad.stderr, re.escape(str(self.config)) + r":2:\d+: .")

    def test_an_unknown_setting_in_the_environment_ends_the_start(self):
        self.server.init()
        status, said = self.serve(environment={"KEYLEDGER_NO_SUCH_SETTING": "1"})
        self.assertEqual(status, CONFIGURATION, said)
        self.assertIn("KEYLEDGER_NO_SUCH_SETTING", said)

    def test_plain_http_beyond_loopback_must_be_asked_for(self):
        self.server.init()
        child = Child(
            ["serve", "--data", self.server.data, "--listen", "0.0.0.0:0"], self.server.log_path
        )
        try:
            self.assertIn(child.wait(START_SECONDS), (USAGE, CONFIGURATION))
        finally:
            child.end()
        self.assertIn("plain-http", self.server.log_tail())

    def test_serve_refuses_a_directory_without_a_ledger(self):
        status, said = self.serve()
        self.assertNotEqual(status, 0)
        self.assertNotEqual(said, "")


class Commands(unittest.TestCase):
    def test_wrong_usage_exits_with_2(self):
        for arguments in (["no-such-command"], ["init"]):
            with self.subTest(arguments):
                result = run_program(*arguments)
                self.assertEqual(result.returncode, USAGE, result.stderr)
                self.assertEqual(result.stdout, "")

    def test_version_and_help_exit_with_0(self):
        for arguments in (["version"], ["--help"], ["serve", "--help"]):
            with self.subTest(arguments):
                result = run_program(*arguments)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotEqual(result.stdout, "")

    def test_a_profile_that_can_not_be_had_ends_the_start_and_leaves_nothing(self):
        server = Server()
        self.addCleanup(server.close)
        taken = server.directory / "taken.json"
        taken.write_text(
            '{"slug": "system", "name": "S", "prefix": "s", '
            '"environments": [{"name": "live", "tag": "live"}]}'
        )
        places = {"TMPDIR": str(server.directory)}
        for profile, said in (
            ("nowhere", "--profile: nowhere is neither"),
            (server.directory, "Is a directory"),
            (taken, "refused its first events"),
        ):
            with self.subTest(said):
                arguments = ["serve", "--dev", "--listen", "127.0.0.1:0", "--profile", profile]
                result = run_program(*arguments, environment=places)
                self.assertNotEqual(result.returncode, 0)
                self.assertEqual(result.stdout, "")
                self.assertIn(said, result.stderr)
        self.assertEqual(list(server.directory.iterdir()), [taken])

    def test_a_server_for_a_first_try_prints_address_key_and_a_curl_line_that_works(self):
        server = Server()
        self.addCleanup(server.close)
        child = Child(
            ["serve", "--dev", "--listen", "127.0.0.1:0"],
            server.log_path,
            {"TMPDIR": str(server.directory)},
        )
        self.addCleanup(child.end)
        curl = child.wait_for_line(re.compile(r"curl .*"), START_SECONDS)
        said = "\n".join(child.lines)
        self.assertIsNotNone(curl, said + server.log_tail())
        address = eventually(
            lambda: re.search(
                r"http://(127\.0\.0\.1|\[::1\]|localhost):(\d+)", "\n".join(child.lines)
            ),
            what="an address",
        )
        token = re.search(r"kl_admin_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", "\n".join(child.lines))
        self.assertIsNotNone(token, said)
        connection = http.client.HTTPConnection(address.group(1).strip("[]"), int(address.group(2)))
        self.addCleanup(connection.close)
        eventually(lambda: os.access(f"/proc/{child.process.pid}", os.F_OK))
        connection.request("GET", "/v1/me", headers={"Authorization": "Bearer " + token.group(0)})
        self.assertEqual(connection.getresponse().status, 200)
        child.signal(signal.SIGTERM)
        self.assertEqual(child.wait(), 0)
