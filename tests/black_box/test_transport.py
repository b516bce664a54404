"""HTTP/1.1 itself, with requests that no client library would send."""

import json
import resource
import socket
import time

from cases import LedgerCase
from client import RawConnection
from harness import PATIENCE

IDLE_CONNECTIONS = 1000


def request(body=b'{"token": "x"}', extra="", path="/v1/verify", length=True):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{extra}"
    if length:
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class Transport(LedgerCase):
    def refused(self, data, *statuses):
        """The request draws one of those statuses, and the connection ends."""
        with self.raw() as connection:
            connection.send(data)
            answer = connection.answer()
            self.assertIn(answer.status, statuses, answer)
            self.assertTrue(connection.closed(), "the connection stays open")
            return answer

    def checked(self, answer):
        self.assertEqual((answer.status, answer.json["code"]), (200, "malformed"))

    def test_both_lengths_are_refused(self):
        chunked = b"e\r\n" + b'{"token": "x"}' + b"\r\n0\r\n\r\n"
        for extra in (
            "Transfer-Encoding: chunked\r\nContent-Length: 14\r\n",
            "Content-Length: 14\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 0\r\nTransfer-Encoding: Chunked\r\n",
        ):
            with self.subTest(extra):
                self.refused(request(chunked, extra, length=False), 400)

    def test_lengths_that_differ_or_make_no_sense_are_refused(self):
        for extra in (
            "Content-Length: 14\r\nContent-Length: 15\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: +14\r\n",
            "Content-Length: 0x0e\r\n",
            "Content-Length: \r\n",
            "Content-Length: 14, 15\r\n",
            "Content-Length: 99999999999999999999999\r\n",
        ):
            with self.subTest(extra):
                self.refused(request(extra=extra, length=False), 400, 413)

    def test_other_codings_are_refused(self):
        for coding in (
            "gzip",
            "gzip, chunked",
            "chunked, chunked",
            "identity",
            "chunked, gzip",
            "\x0bchunked",
        ):
            with self.subTest(coding):
                data = request(b"0\r\n\r\n", f"Transfer-Encoding: {coding}\r\n", length=False)
                self.refused(data, 400, 501)

    def test_broken_chunks_are_refused(self):
        for chunks in (
            b"zz\r\nabc\r\n",
            b"-1\r\n",
            b"3\r\nabcdef\r\n0\r\n\r\n",
            b"3 \nabc\r\n0\r\n\r\n",
            b"fffffffffffffffff\r\n",
            b"\r\n0\r\n\r\n",
        ):
            with self.subTest(chunks):
                self.refused(
                    request(chunks, "Transfer-Encoding: chunked\r\n", length=False), 400, 413
                )

    def test_a_chunked_body_is_put_together(self):
        with self.raw() as connection:
            for chunks in (
                b'5\r\n{"tok\r\n9\r\nen": "x"}\r\n0\r\n\r\n',
                b'00E;name=value\r\n{"token": "x"}\r\n000\r\nTrailer: x\r\n\r\n',
            ):
                connection.send(request(chunks, "Transfer-Encoding: chunked\r\n", length=False))
                self.checked(connection.answer())
            self.assertEqual(connection.buffer, b"")

    def test_giant_headers_are_refused(self):
        self.refused(request(extra="X-Big: " + "x" * (1 << 20) + "\r\n"), 431)
        self.refused(request(extra="".join(f"X-{n}: y\r\n" for n in range(100000))), 431)
        self.refused(request(path="/v1/" + "x" * (1 << 20)), 414, 431)

    def test_what_is_not_http_is_refused(self):
        for data in (
            b"hello\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /v1/me HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
            b"GET /v1/me HTTP/1.1\r\nHost : x\r\n\r\n",
            b"GET /v1/me HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
            b"GET /v1/me HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
            b"GET /v1/me HTTP/1.1\r\n\r\n",
            b"GET /v1/me HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
        ):
            with self.subTest(data[:50]):
                self.refused(data, 400, 505)

    def test_pipelined_requests_are_answered_in_order(self):
        key = self.key(self.workspace())
        tokens = [key.token, "x"] * 50
        with self.raw() as connection:
            connection.send(
                b"".join(
                    request(json.dumps({"token": token}).encode(), f"X-Request-Id: r{n}\r\n")
                    for n, token in enumerate(tokens)
                )
            )
            for n, token in enumerate(tokens):
                answer = connection.answer()
                self.assertEqual(answer.header("X-Request-Id"), f"r{n}")
                self.assertEqual(answer.json["valid"], token == key.token)

    def test_pipelined_writes_are_answered_in_order(self):
        home = self.workspace()
        bearer = f"Authorization: Bearer {self.server.root_token}\r\n"
        with self.raw() as connection:
            for n in range(20):
                body = json.dumps({"name": f"n{n}", "environment": "live", "scopes": []}).encode()
                connection.send(request(body, bearer, f"/v1/workspaces/{home}/keys"))
                connection.send(request())
            for n in range(20):
                self.assertEqual(connection.answer().json["key"]["name"], f"n{n}")
                self.checked(connection.answer())

    def test_a_request_may_come_byte_by_byte(self):
        with self.raw() as connection:
            for chunked in (False, True):
                data = request()
                if chunked:
                    data = request(
                        b'e\r\n{"token": "x"}\r\n0\r\n\r\n',
                        "Transfer-Encoding: chunked\r\n",
                        length=False,
                    )
                for at in range(len(data)):
                    connection.send(data[at : at + 1])
                self.checked(connection.answer())

    def test_a_request_may_be_cut_anywhere(self):
        data = request() + request()
        for at in range(1, len(data), 7):
            with self.raw() as connection:
                connection.send(data[:at])
                self.checked(self.anonymous.post("/v1/verify", {"token": "x"}))
                connection.send(data[at:])
                self.checked(connection.answer())
                self.checked(connection.answer())

    def test_a_client_that_wants_to_hear_go_on_hears_it(self):
        with self.raw() as connection:
            head, body = request(extra="Expect: 100-continue\r\n").split(b"\r\n\r\n")
            connection.send(head + b"\r\n\r\n")
            self.assertEqual(connection._line(), b"HTTP/1.1 100 Continue")
            self.assertEqual(connection._line(), b"")
            connection.send(body)
            self.checked(connection.answer())

    def test_the_connection_is_closed_if_the_client_asks(self):
        with self.raw() as connection:
            connection.send(request(extra="Connection: close\r\n"))
            self.checked(connection.answer())
            self.assertTrue(connection.closed())

    def test_a_half_closed_client_still_gets_its_answer(self):
        with self.raw() as connection:
            connection.send(request())
            connection.socket.shutdown(socket.SHUT_WR)
            self.checked(connection.answer())

    def test_a_client_that_goes_away_harms_nobody(self):
        data = request()
        for at in range(0, len(data), 11):
            with self.raw() as connection:
                connection.send(data[:at])
        for _ in range(50):
            with self.raw() as connection:
                connection.send(data)
        self.checked(self.anonymous.post("/v1/verify", {"token": "x"}))

    def test_slow_clients_do_not_slow_others(self):
        slow = [self.raw() for _ in range(100)]
        data = request()
        for number, connection in enumerate(slow):
            connection.send(data[: 1 + number % (len(data) - 2)])
        slowest = 0.0
        for _ in range(200):
            start = time.monotonic()
            self.checked(self.anonymous.post("/v1/verify", {"token": "x"}))
            slowest = max(slowest, time.monotonic() - start)
        self.assertLess(slowest, 0.5 * PATIENCE)
        for number, connection in enumerate(slow):
            with connection:
                connection.send(data[1 + number % (len(data) - 2) :])
                self.checked(connection.answer())

    def test_a_client_that_does_not_read_does_not_slow_others(self):
        home = self.workspace()
        for _ in range(50):
            self.key(home, metadata={"filler": "x" * 4000})
        line = (
            f"GET /v1/workspaces/{home}/keys?limit=1000 HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.server.root_token}\r\n\r\n"
        ).encode()
        deaf = [self.raw() for _ in range(4)]
        for connection in deaf:
            self.addCleanup(connection.socket.close)
            connection.socket.setblocking(False)
            try:
                connection.send(line * 200)
            except BlockingIOError:
                pass  # its answers wait unread, so that it stops reading more
        for _ in range(50):
            start = time.monotonic()
            self.checked(self.anonymous.post("/v1/verify", {"token": "x"}))
            self.assertLess(time.monotonic() - start, 2 * PATIENCE)


class ManyConnections(LedgerCase):
    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = IDLE_CONNECTIONS + 200
        if soft < wanted and hard != resource.RLIM_INFINITY and hard < wanted:
            cls.skipTest(cls("workspace"), f"only {hard} files may be open")
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        super().setUpClass()

    def test_a_thousand_idle_connections_leave_room_for_one_more(self):
        idle = []
        for _ in range(IDLE_CONNECTIONS):
            connection = RawConnection(self.server.host, self.server.port)
            self.addCleanup(connection.socket.close)
            idle.append(connection)
        answer = self.anonymous.post("/v1/verify", {"token": "x"})
        self.assertEqual(self.expect(answer)["code"], "malformed")
        for connection in idle[::50] + idle[-1:]:
            connection.send(request())
            self.assertEqual(connection.answer().status, 200)
