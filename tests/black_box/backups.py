"""What the tests of backups share: taking one, a ledger of one, and a ledger of some size."""

import hashlib
import pathlib
import resource
import secrets
import socket
import subprocess
import tarfile
import threading

from cases import LedgerCase
from harness import BINARY, PROGRAM_SECONDS, Server, environment_of, run_program

SUCCESS, ERROR, USAGE, NOT_FOUND, NOT_AUTHORISED, CONFLICT = 0, 1, 2, 3, 4, 5
INTEGRITY, UNAVAILABLE = 6, 7

IMPORTED_METADATA_BYTES = 8000
IMPORTED_ITEMS = 900


class BackupCase(LedgerCase):
    """Each class has a server; the ledgers that are restored have directories of their own."""

    def place(self, name):
        return self.server.directory / f"{self._testMethodName}-{name}"

    def take(self, to, token=None, status=SUCCESS):
        """`keyledger backup` of the running server."""
        url = f"http://{self.server.host}:{self.server.port}"
        result = run_program(
            "backup", "--url", url, "--to", to,
            environment={"KEYLEDGER_TOKEN": token or self.server.root_token},
        )
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def restore(self, source, data, *arguments, status=SUCCESS):
        result = run_program("restore", "--from", source, "--data", data, *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def verified(self, data, *arguments):
        result = run_program("audit", "verify", "--data", data, *arguments)
        self.assertEqual(result.returncode, SUCCESS, result.stderr)
        return result.stdout

    def serve(self, data, *arguments):
        """A server on a restored directory, with the first server's root key."""
        restored = Server(arguments)
        self.addCleanup(restored.close)
        restored.data = pathlib.Path(data)
        restored.root_token = self.server.root_token
        return restored.start()

    @property
    def log_key(self):
        return self.server.data / "log.key"

    @property
    def copy_directory(self):
        return self.server.data / "backup.copy"

    def grow(self, workspace, calls=3):
        """Some 7 MB a call that do not compress: more than what lies between two sockets."""
        for _ in range(calls):
            items = [
                {
                    "digest": "sha256:" + secrets.token_hex(32),
                    "name": "imported",
                    "environment": "live",
                    "scopes": [],
                    "metadata": {"text": secrets.token_urlsafe(IMPORTED_METADATA_BYTES * 3 // 4)},
                }
                for _ in range(IMPORTED_ITEMS)
            ]
            path = f"/v1/workspaces/{workspace}/keys:import"
            self.expect(self.root.post(path, {"items": items}), 201)


class SlowBackup:
    """A backup whose reader has taken the head of the answer, and takes no more until told to."""

    def __init__(self, server, token):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(30)
        self.socket.connect((server.host, server.port))
        self.socket.sendall(
            b"POST /v1/backups HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
            b"Authorization: Bearer " + token.encode() + b"\r\n\r\n"
        )
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            self.head += self.socket.recv(256)

    def close(self):
        self.socket.close()


class FalseServer:
    """Answers one request with these bytes, of which it says that they are so many, and closes."""

    def __init__(self, body, length):
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(30)
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(4096)
            try:
                connection.sendall(self.answer)
            except OSError:  # it has seen enough
                pass

    def __enter__(self):
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_):
        self.thread.join()
        self.listener.close()


def run_with_file_limit(limit, *arguments):
    """The program, as if the disk were full: no file of its grows beyond so many bytes."""
    return subprocess.run(
        [str(BINARY), *map(str, arguments)],
        env=environment_of(),
        capture_output=True,
        text=True,
        timeout=PROGRAM_SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )


def assert_files_are_the_manifests(case, directory):
    """By what sha256sum and a glance would say."""
    lines = (directory / "manifest").read_text().splitlines()
    case.assertEqual(lines[0], "# keyledger-backup-1")
    listed = dict(reversed(line.split("  ", 1)) for line in lines if not line.startswith("#"))
    files = {
        str(path.relative_to(directory)): path
        for path in directory.rglob("*") if path.is_file() and path.name != "manifest"
    }
    case.assertEqual(set(listed), set(files))
    for name, path in files.items():
        case.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), listed[name], name)
        case.assertEqual(path.stat().st_mode & 0o777, 0o600, name)
    for folder in (directory, directory / "ledger"):
        case.assertEqual(folder.stat().st_mode & 0o777, 0o700)


def names_in(archive):
    with tarfile.open(archive) as opened:
        return [member.name for member in opened.getmembers()]
