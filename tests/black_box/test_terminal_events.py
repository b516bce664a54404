"""`events --follow`: nothing lost and nothing twice, whatever happens to the connection."""

import json
import signal
import subprocess

from harness import BINARY, environment_of, eventually, running, stop_by_id
from terminal import NOT_AUTHORISED, SUCCESS, UNAVAILABLE, USAGE, TerminalCase, on_terminal


class Following:
    """The program as it follows; its lines go to a file."""

    def __init__(self, case, *arguments, token=None):
        self.path = case.server.directory / f"followed-{id(self)}"
        self.errors = case.server.directory / f"errors-{id(self)}"
        with open(self.path, "wb") as out, open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [BINARY, "events", "--follow", *arguments], stdout=out, stderr=errors,
                env=environment_of(case.environment(token)))
        running.add(self.process)
        case.addCleanup(stop_by_id, self.process)

    def seqs(self):
        return [json.loads(line)["seq"] for line in self.path.read_text().splitlines()]

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(20)


class Events(TerminalCase):
    def newest(self):
        return self.root.get("/v1/workspaces").seq

    def changes(self, slug):
        """The seqs of that workspace's events that are no uses and no reads."""
        return [e["seq"] for e in self.many("events", "--workspace", slug, "--type", "KeyCreated")]

    def test_pages_of_the_past_by_what_is_asked(self):
        slug = self.workspace()
        key = self.key(slug)
        events = self.many("events", "--key", key.id, "--type", "KeyCreated")
        self.assertEqual([e["stream"] for e in events], [key.id])
        self.assertEqual(self.many("events", "--since", "+1h"), [])
        self.assertEqual(len(self.many("events", "--from", "0", "--limit", "2")), 2)
        table = self.cli("events", "--workspace", slug, "-o", "table").stdout.splitlines()
        self.assertRegex(table[0], r"^SEQ +TIME +TYPE")

    def test_it_shows_what_comes_and_stops_at_ctrl_c(self):
        slug = self.workspace()
        followed = Following(self, "--workspace", slug, "--type", "KeyCreated", "--from", "0")
        first = self.key(slug)
        eventually(lambda: len(followed.seqs()) == 1)
        second = self.key(slug)
        eventually(lambda: len(followed.seqs()) == 2)
        self.assertEqual(followed.seqs(), [first.document["seq"], second.document["seq"]])
        self.assertEqual(followed.interrupt(), SUCCESS)

    def test_it_begins_behind_the_newest_event(self):
        slug = self.workspace()
        before = self.key(slug).document["seq"]
        followed = Following(self, "--workspace", slug, "--type", "KeyCreated")
        made = []

        def shows_one():
            made.append(self.key(slug).document["seq"])
            return followed.seqs()
        eventually(shows_one, 20)
        eventually(lambda: made[-1] in followed.seqs())
        shown = followed.seqs()
        self.assertNotIn(before, shown)
        self.assertEqual(shown, made[-len(shown):])
        self.assertEqual(followed.interrupt(), SUCCESS)

    def test_since_shows_what_was(self):
        slug = self.workspace()
        made = self.key(slug).document["seq"]
        followed = Following(self, "--workspace", slug, "--type", "KeyCreated", "--since", "-1h")
        eventually(lambda: followed.seqs() == [made])
        self.assertEqual(followed.interrupt(), SUCCESS)

    def test_it_ends_at_sigterm_too(self):
        followed = Following(self)
        eventually(lambda: followed.path.stat().st_size > 0)
        self.assertEqual(followed.interrupt(signal.SIGTERM), SUCCESS)

    def test_a_restart_and_a_crash_lose_and_repeat_nothing(self):
        slug = self.workspace()
        listen = f"127.0.0.1:{self.server.port}"
        followed = Following(self, "--workspace", slug, "--type", "KeyCreated", "--from", "0")
        made = [self.key(slug).document["seq"]]
        for end in (self.server.stop, self.server.kill, self.server.kill):
            eventually(lambda: followed.seqs() == made)
            end()
            self.server.spawn(listen=listen)
            eventually(lambda: self.is_ready(), 20)
            self.connect()
            made += [self.key(slug).document["seq"] for _ in range(3)]
        eventually(lambda: followed.seqs() == made, 20)
        self.assertEqual(followed.interrupt(), SUCCESS)
        self.assertIn("trying to go on", followed.errors.read_text())

    def is_ready(self):
        try:
            return self.server.client().get("/readyz").status == 200
        except OSError:
            return False

    def test_ctrl_c_ends_the_wait_for_a_server_as_well(self):
        listen = f"127.0.0.1:{self.server.port}"
        followed = Following(self)
        eventually(lambda: followed.path.stat().st_size > 0)
        self.server.stop()
        try:
            eventually(lambda: "trying to go on" in followed.errors.read_text())
            self.assertEqual(followed.interrupt(), SUCCESS)
        finally:
            self.server.spawn(listen=listen)
            eventually(lambda: self.is_ready(), 20)
            self.connect()

    def test_a_refusal_is_for_good(self):
        reader = self.admin(["events:read"])
        followed = Following(self, token=reader.token)
        eventually(lambda: followed.path.stat().st_size > 0)
        self.act(reader.id, "revoke")
        self.key(self.workspace())  # the stream looks at its reader when something comes
        self.assertEqual(followed.process.wait(20), NOT_AUTHORISED)

    def test_it_ends_when_the_time_of_until_has_passed(self):
        slug = self.workspace()
        made = self.key(slug).document["seq"]
        past = ["events", "--follow", "--workspace", slug, "--type", "KeyCreated", "--from", "0"]
        self.assertEqual([e["seq"] for e in self.many(*past, "--until", "+1s")], [made])
        self.assertEqual([e["seq"] for e in self.many(*past, "--until", "-0s")], [made])
        self.assertEqual(self.many(*past, "--until", "-1h"), [])

    def test_what_can_not_be_followed(self):
        self.cli("events", "--follow", "--limit", "3", status=USAGE)
        self.cli("events", "--follow", "-o", "json", status=USAGE)
        self.cli("events", "--follow", status=NOT_AUTHORISED, token="kl_admin_no")
        self.cli("events", "--follow", "--url", "http://127.0.0.1:1", status=UNAVAILABLE)

    def test_on_a_terminal_it_is_a_table_that_grows(self):
        slug = self.workspace()
        self.key(slug)
        status, shown = on_terminal(
            ["events", "--follow", "--workspace", slug, "--from", "0"], self.environment(),
            replies=[("KeyCreated", "\x03")], columns=140)
        self.assertEqual(status, SUCCESS, shown)
        self.assertRegex(shown, rf"(?m)^ *\d+  \d{{4}}-\S+Z  KeyCreated +{slug} ")
