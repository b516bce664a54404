"""The commands that need no server: their output and their exit codes."""

import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import BINARY, PROGRAM_SECONDS, ROOT, environment_of, run_program

SUCCESS, ERROR, USAGE, CONFIGURATION = 0, 1, 2, 78

# The checksum was computed by zlib.crc32 outside the program.
TOKEN = "hr_live_Ab12Cd34_0123456789abcdefghijABCDEFGHIJ011SU0xF"


class CommandLine(unittest.TestCase):
    def run_and_expect(self, status, *arguments, **options):
        result = run_program(*arguments, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        if status != SUCCESS:
            self.assertNotEqual(result.stderr, "")
        return result

    def test_the_version_is_one_line(self):
        for arguments in (["version"], ["--version"]):
            result = self.run_and_expect(SUCCESS, *arguments)
            self.assertRegex(result.stdout, r"^keyledger \d+\.\d+\.\d+\n$")

    def test_what_makes_no_sense_exits_with_2_and_prints_nothing_on_standard_output(self):
        for arguments in ([], ["no-such-command"], ["config"], ["config", "no-such-command"],
                          ["version", "now"], ["serve", "now"], ["init"], ["serve"],
                          ["help", "no-such-command"], ["completion"], ["completion", "no-such-shell"]):
            with self.subTest(arguments):
                self.assertEqual(self.run_and_expect(USAGE, *arguments).stdout, "")

    def test_a_wrong_setting_exits_with_78_whatever_its_source(self):
        with tempfile.TemporaryDirectory() as directory:
            config = pathlib.Path(directory) / "settings.toml"
            config.write_text("threads = 5000\n")
            cases = [
                (f"{config}:1:11: must be", ["--config", config], {}),
                ("--threads: must be", ["--threads", "5000"], {}),
                ("KEYLEDGER_THREADS: must be", [], {"KEYLEDGER_THREADS": "5000"}),
                ("--listen: 0.0.0.0:0 can be reached", ["--listen", "0.0.0.0:0"], {}),
            ]
            for said, arguments, environment in cases:
                with self.subTest(said):
                    result = self.run_and_expect(CONFIGURATION, "config", "check", *arguments,
                                                 environment=environment)
                    self.assertTrue(result.stderr.startswith(said), result.stderr)
                    self.assertEqual(result.stdout, "")

    def test_a_configuration_that_was_checked_can_be_read_again(self):
        with tempfile.TemporaryDirectory() as directory:
            first = self.run_and_expect(SUCCESS, "config", "check", "--threads", "3",
                                        environment={"KEYLEDGER_LOG_FORMAT": "json"})
            config = pathlib.Path(directory) / "settings.toml"
            config.write_text(first.stdout)
            second = self.run_and_expect(SUCCESS, "config", "check", "--config", config)

            def without_places(text):
                return re.sub("  # .*", "", text)
            self.assertEqual(without_places(first.stdout), without_places(second.stdout))
            self.assertIn("threads = 3  # --threads\n", first.stdout)
            self.assertIn("format = \"json\"  # KEYLEDGER_LOG_FORMAT\n", first.stdout)

    def test_the_table_of_settings_is_the_page_in_the_source(self):
        result = self.run_and_expect(SUCCESS, "config", "table")
        self.assertEqual(result.stdout, (ROOT / "tools" / "SETTINGS.md").read_text())

    def test_a_token_is_inspected_from_standard_input_or_a_file(self):
        expected = "prefix    hr\ntag       live\nhint      Ab12Cd34\nchecksum  holds\n"
        result = self.run_and_expect(SUCCESS, "token", "inspect", text_in=TOKEN + "\n")
        self.assertEqual(result.stdout, expected)
        with tempfile.TemporaryDirectory() as directory:
            file = pathlib.Path(directory) / "token"
            file.write_text(TOKEN)
            result = self.run_and_expect(SUCCESS, "token", "inspect", "--file", file)
            self.assertEqual(result.stdout, expected)

    def test_a_token_that_does_not_hold_exits_with_1(self):
        mistyped = run_program("token", "inspect", text_in=TOKEN[:-1] + "G\n")
        self.assertEqual(mistyped.returncode, ERROR)
        self.assertIn("does not hold", mistyped.stdout)
        self.assertEqual(self.run_and_expect(ERROR, "token", "inspect", text_in="hello\n").stdout, "")
        self.assertEqual(self.run_and_expect(ERROR, "token", "inspect", "--file", "/").stdout, "")

    def test_a_token_as_an_argument_is_refused_and_not_repeated(self):
        result = self.run_and_expect(USAGE, "token", "inspect", TOKEN)
        self.assertEqual(result.stdout, "")
        self.assertNotIn(TOKEN, result.stderr)

    def test_output_that_can_not_be_written_is_no_success(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([BINARY, "config", "table"], env=environment_of(), stdout=full,
                                    stderr=subprocess.DEVNULL, timeout=PROGRAM_SECONDS)
        self.assertEqual(result.returncode, ERROR)

    def test_bash_completes_commands_and_flags(self):
        script = self.run_and_expect(SUCCESS, "completion", "bash").stdout
        cases = [(["conf"], ["config"]), (["config", "ch"], ["check"]),
                 (["serve", "--pl"], ["--plain-http"]), (["init", "--ori"], ["--origin"]),
                 (["config", "check", "--log-f"], ["--log-format", "--log-file"]),
                 (["completion", "b"], ["bash"]), (["init", "--dev"], []),
                 (["keys", "re"], ["resume", "revoke"]), (["tok"], ["token", "tokens"]),
                 (["keys", "list", "--rot"], ["--rotated-before"]), (["keys", "get", "--cu"], ["--curl"]),
                 (["events", "--fo"], ["--follow"]), (["keys", "list", "-o", "t"], ["table"]),
                 (["keys", "list", "--workspace", "--"], []), (["serve", "--data", "--"], []),
                 (["keys", "list", "-o", "c"], []), (["audit", "report", "-o", "c"], ["csv"]),
                 (["audit", "report", "rev"], ["revocations"]),
                 (["events", "--follow", "--fr"], ["--from"]),
                 (["help", "keys", "imp"], ["import"]), (["doctor", "--da"], ["--data"])]
        for words, expected in cases:
            with self.subTest(words):
                asked = f"COMP_WORDS=(keyledger {' '.join(words)}) COMP_CWORD={len(words)}; " \
                        "_keyledger; printf '%s\\n' \"${COMPREPLY[@]}\""
                result = subprocess.run(["bash", "-c", script + asked], capture_output=True, text=True,
                                        timeout=PROGRAM_SECONDS)
                self.assertEqual(result.stdout.split(), expected, result.stderr)


if __name__ == "__main__":
    unittest.main()
