"""`keyledger doctor`: what it finds right, and what it finds wrong."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from cases import LedgerCase
from harness import run_program

SUCCESS, ERROR, USAGE, CONFIGURATION = 0, 1, 2, 78


def findings(result):
    """Subject -> (health, the rest of the line)."""
    found = {}
    for text in result.stdout.splitlines():
        health, rest = text.split(None, 1)
        subject, _, what = rest.partition("  ")
        found[subject] = (health, what.strip())
    return found


class Doctor(LedgerCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=self.server.directory))
        self.data = self.directory / "data"
        self.assertEqual(run_program("init", "--data", self.data).returncode, 0)

    def doctor(self, *arguments, status=SUCCESS, environment=None):
        result = run_program("doctor", *arguments, environment=environment)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        return findings(result)

    def test_a_good_directory_is_good_and_left_as_it_was(self):
        before = sorted(self.data.iterdir())
        found = self.doctor("--data", self.data)
        for subject in ("disk sync", "disk room", "log.key", "clock, files"):
            self.assertIn(found[subject][0], ("ok", "warn"), found)
        self.assertEqual(found["log.key"][0], "ok")
        self.assertRegex(found["disk sync"][1], r"^[\d.]+ ms, the median of 9")
        self.assertEqual(sorted(self.data.iterdir()), before)

    def test_a_directory_without_a_ledger_fails(self):
        found = self.doctor("--data", self.directory / "none", status=ERROR)
        self.assertEqual(found["directory"][0], "fail")
        self.assertIn("keyledger init", found["directory"][1])

    def test_a_key_that_others_can_read_fails(self):
        os.chmod(self.data / "log.key", 0o644)
        found = self.doctor("--data", self.data, status=ERROR)
        self.assertEqual(found["log.key"][0], "fail")
        self.assertIn("chmod 600", found["log.key"][1])
        os.remove(self.data / "log.key")
        self.assertEqual(self.doctor("--data", self.data, status=ERROR)["log.key"][0], "fail")

    def test_a_directory_that_others_can_look_into_is_a_warning(self):
        os.chmod(self.data, 0o755)
        self.assertEqual(self.doctor("--data", self.data)["permissions"][0], "warn")
        os.chmod(self.data, 0o700)
        self.assertEqual(self.doctor("--data", self.data)["permissions"][0], "ok")

    def test_a_ledger_from_the_future_says_that_the_clock_is_behind(self):
        later = time.time() + 7200
        os.utime(next((self.data / "ledger").glob("*.log")), (later, later))
        health, what = self.doctor("--data", self.data, status=ERROR)["clock, files"]
        self.assertEqual(health, "fail")
        self.assertRegex(what, r"this clock is (2h|\d+s) behind")

    def test_a_server_is_looked_at(self):
        url = f"http://{self.server.host}:{self.server.port}"
        found = self.doctor("--url", url)
        self.assertEqual(found["server"], ("ok", "ready"))
        self.assertEqual(found["clock, server"][0], "ok")
        self.assertEqual(found["clock, ledger"][0], "ok")
        self.assertEqual(self.doctor(environment={"KEYLEDGER_URL": url})["server"][0], "ok")
        both = self.doctor("--url", url, "--data", self.data)
        self.assertIn("server", both)
        self.assertIn("disk sync", both)

    def test_a_server_that_is_not_there_fails(self):
        found = self.doctor("--url", "http://127.0.0.1:1", status=ERROR)
        self.assertEqual(found["server"][0], "fail")
        self.doctor("--url", "nonsense", status=USAGE)
        self.doctor("--threads", "many", status=CONFIGURATION)

    def certificate(self, name, days):
        openssl = shutil.which("openssl")
        self.assertIsNotNone(openssl, "openssl is needed: install-packages test")
        key, certificate = self.directory / f"{name}.key", self.directory / f"{name}.pem"
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key, "-out", certificate, "-days", str(days), "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, capture_output=True)
        return certificate, key

    def test_a_certificate_is_looked_at(self):
        good, key = self.certificate("good", 365)
        soon, soon_key = self.certificate("soon", 5)
        found = self.doctor("--tls-cert", good, "--tls-key", key, "--data", self.data)
        self.assertEqual(found["certificate"][0], "ok")
        found = self.doctor("--tls-cert", soon, "--tls-key", soon_key, "--data", self.data)
        self.assertEqual(found["certificate"][0], "warn")
        found = self.doctor("--tls-cert", good, "--tls-key", soon_key, "--data", self.data,
                            status=ERROR)
        self.assertEqual(found["certificate"][0], "fail")
