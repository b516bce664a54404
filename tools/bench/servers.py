"""The servers that are measured: a keyledger on a throw-away ledger, and an nginx.

All listen on loopback. Only processes started here are signalled, each by its process id.
"""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from common import BINARY, Failure, clean_environment, pinned

START_SECONDS = 60
STOP_SECONDS = 60


class Process:
    """A child with its own process group: an interrupt of ours is not its own, so we end it."""

    def __init__(self, command, log, stdout=subprocess.DEVNULL, stop=signal.SIGTERM):
        self.stop_signal = stop
        self.log = log
        with open(log, "ab") as errors:
            self.child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=errors,
                env=clean_environment(),
                start_new_session=True,
            )

    def cpu_seconds(self):
        """Of the child and its own children up to now: (threads named http-*, all others)."""
        pids = [self.child.pid]
        for children in pathlib.Path(f"/proc/{self.child.pid}/task").glob("*/children"):
            pids += map(int, children.read_text().split())
        answering = others = 0
        for pid in pids:
            for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"):
                name, fields = re.fullmatch(r"\d+ \((.*)\) (.*)\n", stat.read_text()).groups()
                ticks = sum(map(int, fields.split()[11:13]))
                if name.startswith("http-"):
                    answering += ticks
                else:
                    others += ticks
        tick = os.sysconf("SC_CLK_TCK")
        return answering / tick, others / tick

    def said(self):
        return self.log.read_text(errors="replace")[-3000:]

    def end(self, seconds=STOP_SECONDS):
        """Asks it to stop, and kills it if it does not in time; returns its exit status."""
        if self.child.poll() is None:
            self.child.send_signal(self.stop_signal)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if self.child.stdout:
            self.child.stdout.close()
        return self.child.returncode


class Keyledger:
    """A throw-away ledger below `directory`, and the server on it. A context manager.

    `root_token` is that of a ledger which is there already.
    """

    def __init__(self, directory, core=None, arguments=(), wrapper=(), root_token=None):
        self.directory, self.core = directory, core
        self.data = directory / "ledger"
        self.arguments, self.wrapper = list(arguments), list(wrapper)
        self.process, self.root_token = None, root_token

    def __enter__(self):
        if self.root_token is None:
            self._make_ledger()
        return self._start()

    def _make_ledger(self):
        made = subprocess.run(
            [str(BINARY), "init", "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env=clean_environment(),
        )
        if made.returncode != 0:
            raise Failure(f"init: {made.stderr.strip()}")
        self.root_token = made.stdout.strip()

    def _start(self):
        serve = [BINARY, "serve", "--data", self.data, "--listen", "127.0.0.1:0"]
        self.process = Process(
            pinned(self.core, [*self.wrapper, *serve, *self.arguments]),
            self.directory / "keyledger.log",
            stdout=subprocess.PIPE,
        )
        try:
            self.port = self._ready_port()
        except BaseException:
            self.process.end()
            raise
        return self

    def _ready_port(self):
        output = self.process.child.stdout
        os.set_blocking(output.fileno(), False)
        text, end = b"", time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.child.poll() is None:
            text += output.read() or b""
            found = re.search(rb"^ready http://[^/\n]+:(\d+)\n", text, re.MULTILINE)
            if found:
                return int(found.group(1))
            time.sleep(0.02)
        raise Failure(f"keyledger did not become ready:\n{self.process.said()}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        """SIGTERM; it must end with 0."""
        status = self.process.end()
        if status != 0:
            raise Failure(f"keyledger ended with {status}:\n{self.process.said()}")

    def __exit__(self, *_):
        self.process.end()


class Nginx:
    """One nginx worker that answers everything with a small constant. A context manager."""

    BODY = '{"valid":true,"code":"valid"}'

    def __init__(self, directory, core=None):
        self.directory, self.core = directory, core

    def __enter__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        places = "\n".join(
            f"{kind}_temp_path {self.directory}/nginx-{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            f"""
            worker_processes 1; daemon off; pid {self.directory}/nginx.pid;
            error_log stderr error;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; keepalive_requests 1000000000; {places}
                server {{
                    listen 127.0.0.1:{self.port};
                    default_type application/json;
                    location / {{ return 200 '{self.BODY}'; }}
                }}
            }}"""
        )
        command = ["nginx", "-e", "stderr", "-p", self.directory, "-c", configuration]
        self.process = Process(pinned(self.core, command), self.directory / "nginx.log")
        try:
            self._wait()
        except BaseException:
            self.process.end()
            raise
        return self

    def _wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.child.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.02)
        raise Failure(f"nginx did not start:\n{self.process.said()}")

    def __exit__(self, *_):
        self.process.end()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
