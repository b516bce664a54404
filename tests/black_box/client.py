"""HTTP clients of the tests: one that keeps its connection, and one that writes raw bytes."""

import http.client
import json
import select
import socket

TIMEOUT_SECONDS = 30
FROM_CALLER = object()  # the token that the client was made with


class Answer:
    """A status, headers and the whole body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def seq(self):
        return int(self.headers["X-Ledger-Seq"])

    def header(self, name):
        return self.headers.get(name)

    def __repr__(self):
        return f"{self.status} {self.body[:800]!r}"


class Client:
    """Keeps one connection. Not for use by two threads at once."""

    def __init__(self, host, port, token=None, source="127.0.0.1", timeout=TIMEOUT_SECONDS):
        self.host, self.port, self.token, self.source = host, port, token, source
        self.timeout = timeout
        self.connection = None

    def _connect(self):
        """Opens a connection, if there is none or the server has closed the last one."""
        if self.connection and self.connection.sock:
            readable, _, _ = select.select([self.connection.sock], [], [], 0)
            if not readable:
                return
            self.close()
        self.connection = http.client.HTTPConnection(
            self.host, self.port, timeout=self.timeout, source_address=(self.source, 0)
        )
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def open(self, method, path, body=None, headers=(), token=FROM_CALLER, content_type=None):
        """Sends a request and returns the http.client.HTTPResponse: what streams are read from.

        A `body` that is neither None nor bytes is sent as JSON. `headers` is a dictionary, or a
        list of pairs where a name stands twice.
        """
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        names = {name.lower() for name, _ in pairs}
        token = self.token if token is FROM_CALLER else token
        if token is not None and "authorization" not in names:
            pairs.append(("Authorization", "Bearer " + token))
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None and "content-type" not in names:
            pairs.append(("Content-Type", content_type or "application/json"))
        if "content-length" not in names and (
            body is not None or method in ("POST", "PUT", "PATCH")
        ):
            pairs.append(("Content-Length", str(len(body or b""))))
        try:
            self._connect()
            self.connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in pairs:
                self.connection.putheader(name, value)
            try:
                self.connection.endheaders(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # a body that was too long is not read to its end; the answer is there
            return self.connection.getresponse()
        except BaseException:
            self.close()
            raise

    def request(self, method, path, body=None, headers=(), token=FROM_CALLER, content_type=None):
        response = self.open(method, path, body, headers, token, content_type)
        try:
            return Answer(response.status, response.headers, response.read())
        except BaseException:
            self.close()
            raise

    def get(self, path, **named):
        return self.request("GET", path, **named)

    def post(self, path, body=None, **named):
        return self.request("POST", path, body, **named)

    def put(self, path, body=None, **named):
        return self.request("PUT", path, body, **named)

    def patch(self, path, body=None, **named):
        return self.request("PATCH", path, body, **named)

    def delete(self, path, **named):
        return self.request("DELETE", path, **named)

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class RawConnection:
    """A socket for requests that no client library would send."""

    def __init__(self, host, port, timeout=TIMEOUT_SECONDS):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        piece = self.socket.recv(65536)
        self.buffer += piece
        return bool(piece)

    def _line(self):
        while b"\r\n" not in self.buffer:
            if not self._more():
                raise EOFError(f"the connection ended within {self.buffer!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _exactly(self, size):
        while len(self.buffer) < size:
            if not self._more():
                raise EOFError(f"the connection ended within {self.buffer!r}")
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def answer(self, to_head=False):
        """Reads one whole answer."""
        version, status, *_ = self._line().split(b" ", 2)
        if version != b"HTTP/1.1":
            raise ValueError(f"the answer begins {version!r}")
        headers = http.client.HTTPMessage()
        while line := self._line():
            name, value = line.decode("latin-1").split(":", 1)
            headers[name] = value.strip()
        if to_head or status in (b"204", b"304"):
            body = b""
        elif (headers.get("Transfer-Encoding") or "").lower() == "chunked":
            body = b""
            while size := int(self._line().split(b";")[0], 16):
                body += self._exactly(size)
                self._line()
            while self._line():
                pass
        else:
            body = self._exactly(int(headers["Content-Length"]))
        return Answer(int(status), headers, body)

    def closed(self):
        """True once the server has ended the connection and nothing more comes."""
        try:
            return not self.buffer and self.socket.recv(65536) == b""
        except ConnectionResetError:
            return True
