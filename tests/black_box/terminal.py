"""The program as a client of a running server: plain, and under a pseudo-terminal."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time

from cases import LedgerCase
from harness import BINARY, PROGRAM_SECONDS, environment_of, run_program, running, stop_by_id

SUCCESS, ERROR, USAGE, NOT_FOUND, NOT_AUTHORISED, CONFLICT = 0, 1, 2, 3, 4, 5
UNAVAILABLE, CONFIGURATION = 7, 78


def on_terminal(arguments, environment, replies=(), columns=100):
    """Runs the program on a terminal of its own; returns its exit status and all that it showed.

    `replies` are pairs: once the first text was shown, the second is typed.
    """
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [str(BINARY), *map(str, arguments)],
        env=environment_of(environment),
        stdin=follower, stdout=follower, stderr=follower,
        # Its own session with this terminal, so that Ctrl-C reaches it.
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    running.add(process)
    os.close(follower)
    shown, replies, end = b"", list(replies), time.monotonic() + PROGRAM_SECONDS
    try:
        while time.monotonic() < end:
            if not select.select([leader], [], [], 0.5)[0]:
                continue
            try:
                piece = os.read(leader, 65536)
            except OSError:  # how a terminal says that its last user has gone
                break
            if not piece:
                break
            shown += piece
            if replies and replies[0][0].encode() in shown:
                os.write(leader, replies.pop(0)[1].encode())
        return process.wait(PROGRAM_SECONDS), shown.decode().replace("\r\n", "\n")
    finally:
        stop_by_id(process)
        os.close(leader)


class TerminalCase(LedgerCase):
    """One server, and the program asking it."""

    def environment(self, token=None):
        return {
            "KEYLEDGER_URL": f"http://{self.server.host}:{self.server.port}",
            "KEYLEDGER_TOKEN": token or self.server.root_token,
        }

    def cli(self, *arguments, status=SUCCESS, token=None, text_in=None, environment=None):
        """Runs it without a terminal, with that exit status expected."""
        result = run_program(
            *arguments, environment=self.environment(token) | (environment or {}), text_in=text_in
        )
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        self.assertNotIn(self.server.root_token, result.stderr)
        return result

    def one(self, *arguments, **named):
        """The JSON of one thing, which is the default where there is no terminal."""
        return json.loads(self.cli(*arguments, **named).stdout)

    def many(self, *arguments, **named):
        """The items of a list, a line each."""
        return [json.loads(line) for line in self.cli(*arguments, **named).stdout.splitlines()]

    def on_terminal(self, *arguments, **named):
        return on_terminal(arguments, self.environment(), **named)
