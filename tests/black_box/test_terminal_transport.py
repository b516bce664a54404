"""How the terminal reaches a server: TLS with its own authority, and a unix socket."""

import re
import subprocess
import unittest

from harness import START_SECONDS, Server, run_program
from terminal import SUCCESS, UNAVAILABLE, USAGE


class Transport(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.init()

    def cli(self, url, *more, status=SUCCESS, **environment):
        result = run_program(
            "workspaces", "list", *more,
            environment={"KEYLEDGER_URL": url, "KEYLEDGER_TOKEN": self.server.root_token}
            | environment)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        return result

    def certificate(self, *names):
        key, certificate = self.server.directory / "tls.key", self.server.directory / "tls.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", key, "-out", certificate, "-days", "30", "-subj", "/CN=test",
             "-addext", "subjectAltName=" + ",".join(names)],
            check=True, capture_output=True)
        return certificate, key

    def serve(self, pattern, *arguments, listen="127.0.0.1:0"):
        self.server.arguments += arguments
        child = self.server.spawn(listen=listen)
        ready = child.wait_for_line(re.compile(pattern), START_SECONDS)
        self.assertTrue(ready, self.server.log_tail())
        return ready

    def test_tls_trusts_whom_it_is_told_to_and_only_for_the_right_name(self):
        certificate, key = self.certificate("IP:127.0.0.1")
        ready = self.serve(r"^ready (https://127\.0\.0\.1:\d+)$", "--tls-cert", certificate,
                           "--tls-key", key)
        url = ready.group(1)
        self.assertIn("system", self.cli(url, "--ca", certificate).stdout)
        self.assertIn("system", self.cli(url, KEYLEDGER_CA=str(certificate)).stdout)
        self.cli(url, status=UNAVAILABLE)
        self.cli(url.replace("127.0.0.1", "localhost"), "--ca", certificate, status=UNAVAILABLE)
        self.cli(url.replace("https", "http"), status=UNAVAILABLE)
        self.cli(url, "--ca", self.server.directory / "none", status=UNAVAILABLE)

    def test_a_unix_socket(self):
        path = self.server.directory / "kl.sock"
        self.serve(r"^ready ", listen=f"unix:{path}")
        self.assertIn("system", self.cli(f"unix:{path}").stdout)
        printed = self.cli(f"unix:{path}", "--curl").stdout
        self.assertIn(f"--unix-socket {path}", printed)
        token = run_program("verify", environment={"KEYLEDGER_URL": f"unix:{path}"}, text_in="x")
        self.assertIn('"malformed"', token.stdout, token.stderr)
        self.cli(f"unix:{path}x", status=UNAVAILABLE)
        self.cli("unix:", status=USAGE)
