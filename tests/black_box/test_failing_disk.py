"""A disk that takes no more: the server ends at once, and what it had answered is there afterwards."""

import http.client
import pathlib
import resource

from cases import LedgerCase
from harness import STOP_SECONDS

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
ROOM_BYTES = 20_000


def largest_file(directory):
    return max(f.stat().st_size for f in pathlib.Path(directory).rglob("*") if f.is_file())


class FailingDisk(LedgerCase):
    def create(self, home, number):
        """The key's id, or None if the server took the request and ended."""
        body = {"name": f"key {number}", "environment": "live", "scopes": []}
        try:
            answer = self.root.post(f"/v1/workspaces/{home}/keys", body)
        except (OSError, http.client.HTTPException):
            return None
        self.assertEqual(answer.status, 201, answer)
        return answer.json["key"]["id"]

    def test_a_write_that_fails_ends_the_server_and_loses_nothing_that_was_answered(self):
        home = self.workspace()
        process = self.server.child.process
        limit = largest_file(self.server.data) + ROOM_BYTES
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        answered = []
        for number in range(10_000):
            made = self.create(home, number)
            if made is None:
                break
            answered.append(made)
        else:
            self.fail("the limit was never met")
        self.assertEqual(process.wait(STOP_SECONDS), 1)
        self.assertIn("log_failed", self.server.log_tail())
        self.assertGreater(len(answered), 0)

        self.server.kill()
        self.server.start()
        self.connect()
        for key in answered:
            self.assertEqual(self.document(key)["id"], key)
        self.assertIsNotNone(self.create(home, "after"))
