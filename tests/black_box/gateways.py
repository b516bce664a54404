"""Runs the recipes of tools/gateways as they stand: only their addresses are replaced."""

import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading

from harness import PATIENCE, ROOT, eventually, running, stop_by_id

RECIPES = ROOT / "tools" / "gateways"
UNPACKED = ROOT / "build" / "gateways" / "root"
START_SECONDS = 10 * PATIENCE
PRIVATE_PLACES = ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME")

# What the recipes listen on and talk to, as tools/gateways/README.md says.
KEYLEDGER, APP, HOSTREACH, HORNEROSS = (
    f"127.0.0.1:{port}" for port in (8470, 9000, 8081, 8082)
)

# What clients send to be taken for somebody else.
SPOOFED = [
    (name + separator + rest, "forged")
    for rest in ("Id", "Owner", "Environment", "Scopes", "Name", "Workspace")
    for name, separator in (("X-Key", "-"), ("X_Key", "_"), ("X-Key", "_"), ("x-KEY", "-"))
]
NOT_FOR_KEYLEDGER = [
    ("X-Keyledger-Caller", "nobody"),
    ("X-Ledger-At-Least", "999999999"),
    ("Forwarded", "for=192.0.2.1"),
    ("X-Forwarded-For", "192.0.2.1"),
]
NOT_FOR_THE_APP = [
    (name, "/campaigns")
    for name in "X-Original-Url X-Rewrite-Url X-Http-Method-Override X-Method-Override".split()
]
FORGED = SPOOFED + NOT_FOR_KEYLEDGER + NOT_FOR_THE_APP


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name):
    """Where the gateway is that tools/gateways/fetch unpacked, or that this system has."""
    for folder in ("usr/sbin", "usr/bin"):
        if (UNPACKED / folder / name).is_file():
            return UNPACKED / folder / name
    found = shutil.which(name)
    if not found:
        raise AssertionError(f"{name} is neither unpacked nor installed: run tools/gateways/fetch")
    return found


class App:
    """What stands behind the gateways: answers each request with what it saw of it, as JSON."""

    def __init__(self):
        self.seen = []
        app = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    body = b""
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen = {
                    "method": self.command,
                    "target": self.path,
                    "headers": [[name, value] for name, value in self.headers.items()],
                    "body": body.decode("latin-1"),
                }
                app.seen.append(seen)
                text = json.dumps(seen).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a gateway may drop a connection that it kept
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class HalfAnswering:
    """In a keyledger's place: refuses every key, and never says what the client is to read."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            self.connections.append(connection)
            request = connection.makefile("rb").readline()
            if not request:
                return
            if b" /v1/authorize/" in request:
                connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
                                   b"Connection: close\r\nX-Keyledger-Code: unknown\r\n\r\n")
                connection.shutdown(socket.SHUT_WR)

    def close(self):
        socket.create_connection(("127.0.0.1", self.port)).close()  # a request that is none
        self.thread.join()
        for connection in self.connections:
            connection.close()
        self.listener.close()


class Gateway:
    """One gateway on its recipe; `hostreach` and `horneross` are the ports that it listens on."""

    recipe = None

    def __init__(self, keyledger_port, app_port):
        self.hostreach, self.horneross = free_port(), free_port()
        self.addresses = {
            KEYLEDGER: f"127.0.0.1:{keyledger_port}",
            APP: f"127.0.0.1:{app_port}",
            HOSTREACH: f"127.0.0.1:{self.hostreach}",
            HORNEROSS: f"127.0.0.1:{self.horneross}",
        } | self.own_addresses(keyledger_port)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="keyledger-gateway-"))
        self.log_path = self.directory / "gateway.log"
        self.process = None
        try:
            self._copy_recipe()
            self._start()
        except BaseException:
            self.close()
            raise

    def own_addresses(self, _):
        """What this recipe alone has."""
        return {}

    def _copy_recipe(self):
        found = set()
        for source in (RECIPES / self.recipe).rglob("*"):
            if source.is_dir():
                continue
            text = source.read_text()
            for address, used in self.addresses.items():
                if address in text:
                    found.add(address)
                    text = text.replace(address, used)
            target = self.directory / source.relative_to(RECIPES / self.recipe)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        if found != set(self.addresses):
            raise AssertionError(f"the recipe has not {set(self.addresses) - found}")

    def _start(self):
        libraries = UNPACKED / "usr" / "lib" / "x86_64-linux-gnu"
        places = {name: str(self.directory) for name in PRIVATE_PLACES}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command()],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | places | {"LD_LIBRARY_PATH": str(libraries)},
            )
        running.add(self.process)
        for port in (self.hostreach, self.horneross):
            eventually(lambda: self._listens(port), START_SECONDS, f"{self.recipe} on {port}")

    def _listens(self, port):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.recipe} ended:\n{self.log()}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False

    def log(self):
        return self.log_path.read_text(errors="replace")[-6000:]

    def close(self):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(5 * PATIENCE)
            except subprocess.TimeoutExpired:
                pass
            stop_by_id(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


class Nginx(Gateway):
    recipe = "nginx"

    def command(self):
        """As nginx.conf says, which is a whole nginx in the folder of the recipe."""
        self.directory.chmod(0o755)  # its worker is another user, where the tests are root's
        return [find_program("nginx"), "-e", "stderr", "-p", self.directory, "-c", "nginx.conf"]


class Caddy(Gateway):
    recipe = "caddy"

    def command(self):
        return [find_program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]


class Haproxy(Gateway):
    recipe = "haproxy"

    def own_addresses(self, keyledger_port):
        """Another HAProxy on this machine may be on the recipe too."""
        return {"abns@keyledger": f"abns@keyledger-{keyledger_port}"}

    def command(self):
        return [find_program("haproxy"), "-db", "-f", "haproxy.cfg"]
