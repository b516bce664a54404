"""Starts, stops and kills the program under test, each with a directory of its own.

Everything a test writes stands below one temporary directory a server, which goes when it ends.
Only processes started here are ever signalled, each by its process id.
"""

import atexit
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KEYLEDGER_BINARY", ROOT / "build" / "release" / "keyledger"))

# Slow builds (sanitizers) may need more: every deadline is multiplied by this.
PATIENCE = float(os.environ.get("BLACK_BOX_PATIENCE", "1"))
START_SECONDS = 20 * PATIENCE
STOP_SECONDS = 20 * PATIENCE
PROGRAM_SECONDS = 30 * PATIENCE
POLL_SECONDS = 0.01
LOG_BYTES_SHOWN = 6000

READY_LINE = re.compile(r"^ready http://([^/]+):(\d+)$")

running = set()


class HarnessError(AssertionError):
    """The program did not do what the harness needs; the text holds what it wrote."""


def eventually(condition, deadline=5.0, what="the condition"):
    """Asks until `condition()` gives something true, and returns that."""
    end = time.monotonic() + deadline * PATIENCE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {deadline * PATIENCE:g} s")
        time.sleep(POLL_SECONDS)


def in_threads(count, work):
    """Runs work(0) ... work(count - 1) at once; returns the results in order, or raises."""
    gate = threading.Barrier(count)
    results, failures = [None] * count, []

    def run(index):
        try:
            gate.wait()
            results[index] = work(index)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def environment_of(changes=None):
    """This process's environment without KEYLEDGER_ variables: to the program they are settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("KEYLEDGER_")}
    kept.update(changes or {})
    return kept


def run_program(*arguments, environment=None, text_in=None, timeout=PROGRAM_SECONDS, cwd=None):
    """Runs one command to its end; the result has returncode, stdout and stderr."""
    return subprocess.run(
        [str(BINARY), *map(str, arguments)],
        env=environment_of(environment),
        input=text_in if text_in is not None else "",
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
    )


def stop_by_id(process):
    """Ends a child that should have ended by itself."""
    if process.poll() is None:
        process.kill()
    process.wait()
    running.discard(process)


@atexit.register
def end_everything():
    for process in list(running):
        stop_by_id(process)


class Child:
    """A running program: its standard output is read line by line, its errors go to a file."""

    def __init__(self, arguments, log_path, environment=None):
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(BINARY), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment_of(environment),
            )
        running.add(self.process)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for_line(self, pattern, seconds):
        """The match of the first line that `pattern` is found in; None if none came in time."""

        def found():
            return next((m for m in map(pattern.search, list(self.lines)) if m), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._ended, seconds)
            return found()

    def wait(self, seconds=STOP_SECONDS):
        """The exit status."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        self.process.stdout.close()
        running.discard(self.process)
        return code

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        """SIGSTOP; returns when every thread stands still."""
        self.signal(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")

        def stands_still():
            states = [stat.read_text().rpartition(")")[2].split()[0]
                      for stat in tasks.glob("*/stat")]
            return all(state == "T" for state in states)

        eventually(stands_still, what="a pause of every thread")

    def end(self):
        stop_by_id(self.process)
        self._reader.join(STOP_SECONDS)
        self.process.stdout.close()


class Server:
    """One ledger directory, and the server that is, or is not, running on it."""

    def __init__(self, arguments=(), config=None, environment=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="keyledger-black-box-"))
        self.data = self.directory / "ledger"
        self.log_path = self.directory / "server.log"
        self.arguments = list(arguments)
        self.environment = environment
        if config is not None:
            path = self.directory / "keyledger.toml"
            path.write_text(config)
            self.arguments += ["--config", path]
        self.child = None
        self.root_token = None
        self.host = self.port = None

    def init(self):
        """Makes the ledger; returns the root key's token."""
        result = run_program("init", "--data", self.data)
        if result.returncode != 0 or len(result.stdout.split()) != 1:
            raise HarnessError(
                f"init: exit {result.returncode}, standard output {result.stdout!r}, "
                f"standard error {result.stderr!r}"
            )
        self.root_token = result.stdout.strip()
        return self.root_token

    def spawn(self, listen="127.0.0.1:0", environment=None):
        """Starts the process and does not wait for it."""
        self.child = Child(
            self.command(listen),
            self.log_path,
            (self.environment or {}) | (environment or {}),
        )
        return self.child

    def start(self, environment=None, listen="127.0.0.1:0"):
        """Starts it, and returns when it says that it is ready."""
        self.spawn(listen, environment)
        ready = self.child.wait_for_line(READY_LINE, START_SECONDS)
        if not ready:
            lines = self.child.lines
            self.child.end()
            raise HarnessError(
                f"no ready line within {START_SECONDS:g} s; exit status "
                f"{self.child.process.returncode}, standard output {lines}, log:\n"
                f"{self.log_tail()}"
            )
        self.host, self.port = ready.group(1), int(ready.group(2))
        return self

    def stop(self):
        """SIGTERM; it must exit with 0."""
        self.child.signal(signal.SIGTERM)
        code = self.child.wait()
        if code != 0:
            raise HarnessError(f"exit status {code} after SIGTERM, log:\n{self.log_tail()}")

    def kill(self):
        """SIGKILL, as a crash would."""
        self.child.signal(signal.SIGKILL)
        self.child.wait()

    def restart(self):
        self.stop()
        self.start()

    def crash(self):
        self.kill()
        self.start()

    def command(self, listen):
        return ["serve", "--data", self.data, "--listen", listen, *self.arguments]

    def client(self, token=None, source="127.0.0.1"):
        return Client(self.host, self.port, token, source)

    def log_size(self):
        return self.log_path.stat().st_size if self.log_path.exists() else 0

    def log_tail(self, since=0):
        if not self.log_path.exists():
            return ""
        with open(self.log_path, "rb") as log:
            log.seek(max(since, self.log_size() - LOG_BYTES_SHOWN))
            return log.read().decode("utf-8", "replace")

    def close(self):
        """Ends what runs and removes the directory."""
        if self.child and self.child.process in running:
            self.child.end()
        shutil.rmtree(self.directory, ignore_errors=True)


class DevServer(Server):
    """A throw-away ledger that begins with a profile: what `serve --dev --profile` makes."""

    def __init__(self, profile, arguments=()):
        super().__init__(arguments)
        self.profile = profile
        self.environment = {"TMPDIR": str(self.directory)}

    def init(self):
        """There is nothing to make before the start."""

    def command(self, listen):
        dev = ["serve", "--dev", "--profile", self.profile]
        return [*dev, "--listen", listen, *self.arguments]

    def start(self, environment=None, listen="127.0.0.1:0"):
        super().start(environment, listen)
        found = self.child.wait_for_line(re.compile(r"^ *root key +(\S+)$"), START_SECONDS)
        if not found:
            raise HarnessError(f"it shows no root key: {self.child.lines}")
        self.root_token = found.group(1)
        return self
