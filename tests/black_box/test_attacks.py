"""What an attacker tried once, and must not find again."""

import http.client
import os
import subprocess

from cases import LedgerCase
from client import RawConnection
from harness import BINARY, PROGRAM_SECONDS, environment_of


class Attacks(LedgerCase):
    def raw_to(self):
        return RawConnection(self.server.host, self.server.port)

    def test_many_resources_of_one_key_in_one_flush_are_all_counted(self):
        home = self.workspace()
        key = self.key(home)
        requests = b"".join(
            b"GET /v1/authorize/%s/-/agent/%d HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\n\r\n"
            % (home.encode(), number, key.token.encode())
            for number in range(40)
        )
        for _ in range(5):
            with self.raw_to() as raw:
                raw.send(requests)
                for _ in range(40):
                    self.assertEqual(raw.answer().status, 200)
        self.used(key.id, {"valid": 200})

    def test_a_cost_that_is_written_as_a_fraction_is_refused_and_nothing_is_judged(self):
        home = self.workspace()
        key = self.key(home, scopes=["a:read"])
        for cost in (b"1.0", b"1e0", b"-0", b"5.0"):
            with self.subTest(cost=cost):
                body = b'{"token":"%s","cost":%s,"scopes":["b:all"]}' % (key.token.encode(), cost)
                with self.raw_to() as raw:
                    raw.send(
                        b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                    )
                    answer = raw.answer()
                self.blames(answer, "/cost")

    def test_a_chunk_size_that_wraps_around_is_no_chunk_size(self):
        with self.raw_to() as raw:
            raw.send(
                b"POST /v1/authorize/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"10000000000000003\r\nabc\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            self.assertEqual(raw.answer().status, 400)
            self.assertTrue(raw.closed())

    def test_a_stream_is_cut_when_its_readers_key_ends(self):
        reader = self.admin(["events:read"])
        client = self.server.client(reader.token)
        seq = self.root.get("/v1/workspaces").seq
        stream = client.open("GET", f"/v1/events?follow=true&from={seq + 1}",
                             headers={"Accept": "application/x-ndjson"})
        self.assertEqual(stream.status, 200)
        self.act(reader.id, "revoke")
        secret = self.workspace()
        with self.assertRaises(http.client.IncompleteRead) as cut:  # it must not look whole
            stream.read()
        self.assertNotIn(secret.encode(), cut.exception.partial)
        client.close()

    def test_a_strangers_body_is_not_kept(self):
        def resident():
            with open(f"/proc/{self.server.child.process.pid}/statm") as statm:
                return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

        before = resident()
        connections = []
        piece = b"x" * 65536
        for _ in range(20):
            raw = self.raw_to()
            connections.append(raw)
            raw.send(
                b"POST /v1/tokens:revoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 7000000\r\n\r\n"
            )
            for _ in range(100):
                raw.send(piece)
        self.assertLess(resident() - before, 60 * 2**20)
        for raw in connections:
            raw.__exit__(None, None, None)

    def test_me_believes_no_address_that_was_passed_on(self):
        home = self.workspace()
        key = self.key(home, allowedIps=["203.0.113.0/24"])
        answer = self.server.client(key.token).get(
            "/v1/me", headers={"X-Forwarded-For": "203.0.113.7"})
        self.assertEqual(answer.status, 403, answer)

    def test_the_last_administrator_is_not_shut_out_by_a_rate_limit(self):
        root = self.expect(self.root.get("/v1/me"))["id"]
        limited = self.root.patch(f"/v1/keys/{root}", {"rateLimit": {"limit": 1, "window": "1d"}})
        self.problem(limited, 409, "conflict")

    def test_a_repeated_leak_report_says_what_the_first_one_said(self):
        home = self.workspace()
        key = self.key(home)
        body = {"tokens": [key.token, self.server.root_token, "nobody"]}
        first = self.root.post("/v1/tokens:revoke", body, headers={"Idempotency-Key": "leak"})
        again = self.root.post("/v1/tokens:revoke", body, headers={"Idempotency-Key": "leak"})
        self.assertEqual(self.expect(first), self.expect(again))

    def test_the_past_of_a_key_has_the_uses_of_then(self):
        home = self.workspace()
        key = self.key(home, quota={"limit": 100, "window": None})
        seq = self.document(key.id)["seq"]
        self.assertEqual(self.code(key.token, cost=30), "valid")
        then = self.document(key.id, f"?asOf={seq}")
        self.assertEqual((then["quota"]["remaining"], then["lastUsedAt"]), (100, None))

    def test_without_a_standard_output_nothing_is_begun(self):
        data = self.server.directory / "closed"
        ended = subprocess.run(
            ["sh", "-c", 'exec "$0" init --data "$1" >&-', BINARY, data],
            env=environment_of(), capture_output=True, timeout=PROGRAM_SECONDS,
        )
        self.assertNotEqual(ended.returncode, 0)
        self.assertFalse(data.exists())

    def test_an_init_that_was_killed_is_begun_anew(self):
        for milliseconds in (5, 15, 25, 35, 45, 60):
            data = self.server.directory / f"killed-{milliseconds}"
            process = subprocess.Popen(
                [BINARY, "init", "--data", data], env=environment_of(), stdout=subprocess.PIPE)
            try:
                process.communicate(timeout=milliseconds / 1000)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            if (data / "ledger").exists():
                continue
            again = subprocess.run([BINARY, "init", "--data", data], env=environment_of(),
                                   capture_output=True, timeout=PROGRAM_SECONDS)
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertTrue(again.stdout.startswith(b"kl_admin_"))

    def test_a_stop_in_the_middle_of_many_streams_is_a_clean_one(self):
        def stops():
            page = self.root.get("/v1/events?type=LedgerStopped&limit=1000")
            return len(self.expect(page)["items"])

        before, home = stops(), self.workspace()
        for _ in range(60):
            self.key(home)
        for _ in range(5):
            clients = []
            for i in range(40):
                client = self.server.client(self.server.root_token)
                clients.append(client)
                kind = "text/event-stream" if i % 2 else "application/x-ndjson"
                client.open("GET", "/v1/events?follow=true&type=KeyRevoked",
                            headers={"Accept": kind})  # fmt: skip
            self.restart()
            for client in clients:
                client.close()
        self.assertEqual(stops() - before, 5)
