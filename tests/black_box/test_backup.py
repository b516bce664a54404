"""Backups: of a running server while it is written to, of a directory, cut, killed, refused."""

import os
import shutil
import subprocess
import threading

from backups import (CONFLICT, ERROR, INTEGRITY, NOT_AUTHORISED, NOT_FOUND, UNAVAILABLE, USAGE,
                     BackupCase, FalseServer, SlowBackup, assert_files_are_the_manifests, names_in,
                     run_with_file_limit)
from client import Client
from harness import eventually, run_program


class Backup(BackupCase):
    def test_a_backup_is_whole_while_others_write(self):
        home = self.workspace()
        before = self.key(home, scopes=["a:b"], owner="ada", metadata={"plan": "gold"})
        done, made, checked = threading.Event(), [], []

        def write():
            root = self.server.client(self.server.root_token)
            while not done.is_set():
                body = {"name": "meanwhile", "environment": "live", "scopes": []}
                answer = root.post(f"/v1/workspaces/{home}/keys", body)
                made.append((answer.seq, answer.json["key"]["id"]))
                checked.append(root.post("/v1/verify", {"token": before.token}).status)

        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        try:
            eventually(lambda: len(made) > 20)
            for number in range(3):
                known = list(made)
                to = self.place(f"backup-{number}")
                said = self.take(to).stdout
                self.assertIn("backed up", said)
                assert_files_are_the_manifests(self, to)
                data = self.place(f"restored-{number}")
                self.restore(to, data, "--log-key", self.log_key)
                self.assertIn("good: ", self.verified(data, "--derived"))
                # Whatever was answered before the backup was asked for is in it.
                listed = run_program("audit", "replay", "--data", data).stdout
                for _, key in known:
                    self.assertIn(key, listed)
        finally:
            done.set()
            for writer in writers:
                writer.join()
        self.assertEqual(set(checked), {200})
        self.assertFalse(self.copy_directory.exists())

    def test_an_archive_can_be_read_by_any_tar(self):
        answer = self.root.post("/v1/backups")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.header("Content-Type"), "application/x-tar")
        archive = self.place("archive.tar")
        archive.write_bytes(answer.body)
        names = names_in(archive)
        self.assertEqual(names[-1], "manifest")
        self.assertNotIn("log.key", names)
        into = self.place("unpacked")
        into.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", into], check=True)
        subprocess.run(["sha256sum", "--quiet", "-c", "manifest"], cwd=into, check=True)
        data = self.place("restored")
        self.restore(into, data, "--log-key", self.log_key)
        self.verified(data)

    def test_a_backup_is_an_event_of_its_own(self):
        reader = self.admin(["cluster:write"])
        answer = self.server.client(reader.token).post("/v1/backups")
        self.assertEqual(answer.status, 200)

        def reads():
            events = self.expect(self.root.get("/v1/events?type=HistoryRead&limit=1000"))["items"]
            return [event for event in events
                    if event["data"]["route"] == "/v1/backups"
                    and event["actor"]["id"] == reader.id]

        eventually(reads, what="an event that says who took the backup")

    def test_who_may_not_is_refused(self):
        for scopes in (["cluster:read"], ["events:read", "keys:write"]):
            key = self.admin(scopes)
            answer = self.server.client(key.token).post("/v1/backups")
            self.problem(answer, 403, "forbidden")
        home = self.workspace()
        self.assertEqual(self.anonymous.post("/v1/backups").status, 401)
        bound = self.admin(["cluster:write"], resource={"kind": "workspace", "id": home})
        self.problem(self.server.client(bound.token).post("/v1/backups"), 403, "forbidden")
        self.problem(self.root.post("/v1/backups?all=true"), 400, "invalid_request")
        self.assertEqual(self.root.get("/v1/backups").status, 405)
        to = self.place("refused")
        self.take(to, token=self.admin(["keys:read"]).token, status=NOT_AUTHORISED)
        self.assertFalse(to.exists())
        self.assertFalse(to.with_name(to.name + ".partial").exists())

    def test_a_directory_that_has_something_is_left_as_it_is(self):
        to = self.place("taken")
        to.mkdir()
        (to / "mine").write_text("mine")
        self.take(to, status=CONFLICT)
        self.assertEqual(os.listdir(to), ["mine"])
        other = self.place("other")
        partial = other.with_name(other.name + ".partial")
        partial.mkdir()
        self.assertIn("remove it", self.take(other, status=CONFLICT).stderr)
        partial.rmdir()
        other.mkdir()  # empty: it is filled
        self.take(other)
        assert_files_are_the_manifests(self, other)

    def test_what_makes_no_sense_is_said(self):
        data, to = self.server.data, self.place("to")
        for arguments, status in (
            (("--to", to, "--with-log-key"), USAGE),
            (("--to", to, "--data", data, "--url", "http://127.0.0.1:1"), USAGE),
            (("--data", data), USAGE),
            (("--to", to, "--data", self.place("nowhere")), NOT_FOUND),
            (("--to", to, "--url", "http://127.0.0.1:1"), UNAVAILABLE),
        ):
            with self.subTest(arguments):
                result = run_program("backup", *arguments)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertFalse(to.exists())
        served = run_program("backup", "--data", data, "--to", to)
        self.assertEqual(served.returncode, UNAVAILABLE, served.stderr)
        self.assertIn("--url", served.stderr)
        shown = run_program("backup", "--url", "http://keys.example.com", "--to", to, "--curl")
        self.assertEqual(shown.stdout, "curl -sS -X POST http://keys.example.com/v1/backups\n")


class SlowReaders(BackupCase):
    """A ledger that is larger than what lies between two sockets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_there_is_one_backup_at_a_time")
        cls.home = case.workspace()
        case.grow(cls.home)

    def begin(self):
        slow = SlowBackup(self.server, self.server.root_token)
        self.addCleanup(slow.close)
        self.assertTrue(slow.head.startswith(b"HTTP/1.1 200"), slow.head)
        self.assertTrue(self.copy_directory.exists())
        return slow

    def wait_until_free(self):
        eventually(lambda: not self.copy_directory.exists(), 10, "the copy's end")

    def test_there_is_one_backup_at_a_time(self):
        slow = self.begin()
        refused = self.root.post("/v1/backups")
        document = self.problem(refused, 409, "conflict")
        self.assertIn("backup", document["detail"])
        self.take(self.place("second"), status=CONFLICT)
        # A slow reader holds nobody up.
        key = self.key(self.home)
        self.assertEqual(self.code(key.token), "valid")
        slow.close()
        self.wait_until_free()
        self.take(self.place("third"))

    def test_a_reader_whose_key_is_revoked_gets_no_more(self):
        reader = self.admin(["cluster:write"])
        client = Client(self.server.host, self.server.port, reader.token)
        response = client.open("POST", "/v1/backups")
        self.assertEqual(response.status, 200)
        self.act(reader.id, "revoke")
        with self.assertRaises(Exception):  # the last chunk is missing
            while response.read(65536):
                pass
        client.close()
        self.wait_until_free()

    def test_a_killed_server_begins_anew_without_a_trace(self):
        self.begin()
        self.server.kill()
        self.assertTrue(self.copy_directory.exists())
        self.server.start()
        self.connect()
        self.assertFalse(self.copy_directory.exists())
        to, data = self.place("backup"), self.place("restored")
        self.take(to)
        self.restore(to, data, "--log-key", self.log_key)
        self.verified(data)

    def test_a_server_that_stops_leaves_no_copy(self):
        self.begin()
        self.server.stop()
        self.assertFalse(self.copy_directory.exists())
        self.server.start()
        self.connect()

    def test_a_server_that_dies_in_mid_backup_leaves_no_backup(self):
        to = self.place("cut")
        url = f"http://{self.server.host}:{self.server.port}"
        partial = to.with_name(to.name + ".partial")
        dying = threading.Thread(
            target=lambda: (eventually(partial.exists, 10), self.server.kill())
        )
        dying.start()
        result = run_program("backup", "--url", url, "--to", to,
                             environment={"KEYLEDGER_TOKEN": self.server.root_token})
        dying.join()
        self.server.start()
        self.connect()
        self.assertEqual(result.returncode, UNAVAILABLE, result.stderr)
        self.assertFalse(to.exists())
        self.assertFalse(partial.exists())


class FalseServers(BackupCase):
    """What is not a whole backup is none, whoever sends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.archive = cls.root.post("/v1/backups").body

    def taken_from(self, body, whole=True):
        to = self.place("backup")
        shutil.rmtree(to, ignore_errors=True)
        with FalseServer(body, len(body) if whole else len(body) + 1) as url:
            result = run_program("backup", "--url", url, "--to", to)
        self.assertFalse(to.with_name(to.name + ".partial").exists())
        return result, to.exists()

    def test_a_cut_or_altered_stream_is_no_backup(self):
        whole, is_there = self.taken_from(self.archive)
        self.assertEqual((whole.returncode, is_there), (0, True), whole.stderr)
        for cut in (0, 100, 512, len(self.archive) // 2, len(self.archive) - 512):
            for looks_whole in (True, False):
                with self.subTest(cut=cut, looks_whole=looks_whole):
                    result, is_there = self.taken_from(self.archive[:cut], looks_whole)
                    self.assertEqual(result.returncode, UNAVAILABLE, result.stderr)
                    self.assertIn("cut short", result.stderr)
                    self.assertFalse(is_there)
        altered = bytearray(self.archive)
        altered[600] ^= 1  # in the checkpoint
        for body in (bytes(altered), self.archive + b"x", b"<html>" * 200):
            result, is_there = self.taken_from(body)
            self.assertEqual(result.returncode, INTEGRITY, result.stderr)
            self.assertFalse(is_there)

    def test_an_archive_that_leads_elsewhere_writes_nothing(self):
        header = bytearray(self.archive[:512])
        for name in (b"../escaped", b"/tmp/escaped", b"ledger/../../escaped"):
            header[:100] = name.ljust(100, b"\0")
            header[148:156] = b" " * 8
            header[148:156] = b"%06o\0 " % sum(header)
            result, is_there = self.taken_from(bytes(header) + self.archive[512:])
            self.assertEqual(result.returncode, INTEGRITY, result.stderr)
            self.assertIn("escaped", result.stderr)
            self.assertFalse(is_there)
            self.assertFalse((self.server.directory / "escaped").exists())


class Directories(BackupCase):
    """Of a directory that no server is using."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_the_key_comes_along_only_if_it_is_asked_for")
        home = case.workspace()
        cls.kept = case.key(home)
        case.grow(home, calls=1)
        cls.server.stop()

    @classmethod
    def tearDownClass(cls):
        pass  # it is stopped

    def back_up(self, to, *arguments, status=0):
        result = run_program("backup", "--data", self.server.data, "--to", to, *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def test_the_key_comes_along_only_if_it_is_asked_for(self):
        without, with_key = self.place("without"), self.place("with")
        self.back_up(without)
        assert_files_are_the_manifests(self, without)
        self.assertFalse((without / "log.key").exists())
        self.back_up(with_key, "--with-log-key")
        assert_files_are_the_manifests(self, with_key)
        self.assertEqual((with_key / "log.key").read_text(), self.log_key.read_text())
        self.assertFalse(self.copy_directory.exists())
        data = self.place("restored")
        self.restore(with_key, data)
        self.verified(data)
        restored = self.serve(data)
        verdict = restored.client().post("/v1/verify", {"token": self.kept.token}).json
        self.assertEqual(verdict["code"], "valid")
        restored.stop()

    def test_a_full_disk_is_said_with_the_files_name(self):
        self.back_up(self.place("first"))  # what is in memory only is in files of its own now
        to = self.place("full")
        limited = run_with_file_limit(
            1024 * 1024, "backup", "--data", self.server.data, "--to", to
        )
        self.assertEqual(limited.returncode, ERROR, limited.stderr)
        self.assertIn(f"{to}.partial/ledger/", limited.stderr)
        self.assertFalse(to.exists())
        self.assertFalse(to.with_name(to.name + ".partial").exists())

    def test_what_was_cut_is_not_backed_up(self):
        damaged = self.place("damaged")
        shutil.copytree(self.server.data, damaged)
        note = (damaged / "checkpoint").read_text().splitlines()
        note[1] = str(int(note[1]) + 1)
        (damaged / "checkpoint").write_text("\n".join(note) + "\n")
        to = self.place("backup")
        result = run_program("backup", "--data", damaged, "--to", to)
        self.assertEqual(result.returncode, INTEGRITY, result.stderr)
        self.assertFalse(to.exists())
