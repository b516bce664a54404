"""A server in keyledger's place, which gives the answers that a good one seldom gives."""

import http.server
import json
import threading
import unittest

from harness import run_program


class StandIn(http.server.BaseHTTPRequestHandler):
    """Gives the answers that its server holds, in their order; the last one again and again."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.server.asked.append((self.command, self.path, dict(self.headers),
                                  self.rfile.read(length).decode()))
        index = min(len(self.server.asked), len(self.server.answers)) - 1
        status, headers, body = self.server.answers[index]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        self.send_response_only(status)
        if "Date" not in headers:
            self.send_header("Date", self.date_time_string())
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PATCH = do_PUT = answer

    def log_message(self, *_):
        pass


class StandInCase(unittest.TestCase):
    """The program asking a server that gives the answers it is told to give."""

    def serve(self, *answers):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
        server.daemon_threads = True
        server.answers, server.asked = answers, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.environment = {"KEYLEDGER_URL": f"http://127.0.0.1:{server.server_port}",
                            "KEYLEDGER_TOKEN": "kl_admin_x"}
        return server

    def cli(self, *arguments, status=0, text_in=None):
        result = run_program(*arguments, environment=self.environment, text_in=text_in)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        self.assertNotIn("kl_admin_x", result.stdout + result.stderr)
        return result
