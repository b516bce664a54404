"""What auditors ask (`keyledger audit report`), of a ledger whose history the test made."""

import time

from cases import rfc3339, seconds_of, wait_past
from harness import eventually
from reports import ReportCase
from terminal import NOT_AUTHORISED, NOT_FOUND, UNAVAILABLE, USAGE


class Heads(ReportCase):
    def test_a_report_says_what_it_is_of(self):
        home = self.workspace()
        key = self.key(home)
        head, _ = self.report("inventory", "--workspace", home)
        me = self.expect(self.root.get("/v1/me"))["id"]
        vkey = self.anonymous.get("/v1/ledger/key").body.decode().strip()
        self.assertEqual(head["askedBy"], me)
        self.assertEqual(head["filters"], {"workspace": home})
        self.assertEqual(head["server"], f"http://{self.server.host}:{self.server.port}")
        self.assertLess(abs(seconds_of(head["askedAt"]) - time.time()), 60)
        self.assertGreaterEqual(head["asOf"]["seq"], key.document["seq"])
        event = self.expect(self.root.get(f"/v1/ledger/entries/{head['asOf']['seq']}",
                                          headers={"Accept": "application/json"}))
        self.assertEqual(head["asOf"]["time"], event["time"])
        checkpoint = head["checkpoint"]
        self.assertEqual(checkpoint["signedBy"], [vkey])
        self.assertEqual(checkpoint["origin"], vkey.split("+")[0])
        self.assertGreater(checkpoint["size"], head["asOf"]["seq"])
        self.assertEqual(checkpoint["keysFrom"], "the server")
        given, _ = self.report("inventory", "--workspace", home, "--key", vkey)
        self.assertEqual(given["checkpoint"]["keysFrom"], "--key")

    def test_as_of_an_event_a_time_and_neither_come_to_the_same(self):
        home = self.workspace()
        key = self.key(home)
        then = seconds_of(key.document["createdAt"])
        wait_past(then + 0.005)
        self.act(key.id, "revoke")
        for as_of in (str(key.document["seq"]), rfc3339(then)):
            with self.subTest(as_of):
                head, items = self.report("inventory", "--workspace", home, "--as-of", as_of)
                self.assertEqual([(i["id"], i["status"]) for i in items], [(key.id, "active")])
                self.assertEqual(head["asOf"]["time"], key.document["createdAt"])
                self.assertEqual(head["asOf"]["seq"], key.document["seq"])
        (now,) = self.items("inventory", "--workspace", home)
        self.assertEqual(now["status"], "revoked")
        self.assertEqual(self.items("inventory", "--workspace", "system", "--as-of", "0"), [])

    def test_what_makes_no_sense_is_refused(self):
        key = self.key(self.workspace())
        for arguments in (["nonsense"], ["inventory", key.id], ["key"], ["all"],
                          ["inventory", "--since", "-1d"], ["dormant", "--rotated-before", "-1d"],
                          ["integrity", "--scope", "a:b"], ["dormant", "--unused-since", "soon"],
                          ["revocations", "--until", "17"], ["inventory", "--as-of", "soon"],
                          ["inventory", "--as-of", "+1h"], ["inventory", "--key", "x"],
                          ["inventory", "-o", "xml"], ["inventory", key.id, key.id]):
            with self.subTest(arguments):
                result = self.cli("audit", "report", *arguments, status=USAGE)
                self.assertEqual(result.stdout, "")
                self.assertTrue(result.stderr)
        self.cli("audit", "report", "inventory", "--as-of", "99999999", status=NOT_FOUND)
        self.cli("audit", "report", "inventory", "--workspace", "nobody", status=NOT_FOUND)
        self.cli("audit", "report", "inventory", "--as-of", "2001-01-01T00:00:00Z",
                 status=NOT_FOUND)
        self.cli("keys", "get", key.id, "-o", "csv", status=USAGE)

    def test_who_may_not_look_gets_no_report(self):
        reader = self.admin(["keys:read"])
        for name in ("revocations", "access-log", "privileged"):
            result = self.cli("audit", "report", name, status=NOT_AUTHORISED, token=reader.token)
            self.assertEqual(result.stdout, "")
        self.cli("audit", "report", "inventory", status=NOT_AUTHORISED, token="kl_admin_no")

    def test_who_is_bound_to_a_workspace_gets_reports_of_it(self):
        home, other = self.workspace(), self.workspace()
        mine, theirs = self.key(home, scopes=["*"]), self.key(other, scopes=["*"])
        for key in (mine, theirs):
            self.act(key.id, "revoke")
        kept = self.key(home, scopes=["a:*"])
        bound = self.admin(["keys:read", "events:read"], resource={"kind": "workspace", "id": home})
        of_home = {"token": bound.token}
        self.assertEqual(set(self.by_id("inventory", "--workspace", home, **of_home)),
                         {mine.id, kept.id})
        gone = self.items("revocations", "--workspace", home, **of_home)
        self.assertEqual([item["keyId"] for item in gone], [mine.id])
        held = self.items("privileged", "--workspace", home, **of_home)
        self.assertEqual([item["keyId"] for item in held], [kept.id])
        # Not an empty report, which would look like that of a workspace where nothing happened.
        for name in ("inventory", "revocations", "access-log", "privileged"):
            self.cli("audit", "report", name, "--workspace", other, status=NOT_AUTHORISED, **of_home)
        self.assertEqual([item["keyId"] for item in self.items("revocations", **of_home)], [mine.id])

    def test_a_server_that_is_not_there_is_said_at_once(self):
        self.cli("audit", "report", "inventory", status=UNAVAILABLE,
                 environment={"KEYLEDGER_URL": "http://127.0.0.1:1"})


class KeyReports(ReportCase):
    def test_the_inventory_has_every_key_as_it_is_and_reads_on_past_a_page(self):
        home = self.workspace()
        items = [{"digest": f"sha256:{i:064x}", "name": f"import {i}", "environment": "live",
                  "scopes": []} for i in range(1050)]
        self.expect(self.root.post(f"/v1/workspaces/{home}/keys:import", {"items": items}), 201)
        key = self.key(home, owner="ada", scopes=["a:b"], expiresAt=rfc3339(time.time() + 3600))
        self.verify(key.token)
        eventually(lambda: self.outcomes(key)["valid"])
        rotated = self.expect(self.root.post(f"/v1/keys/{key.id}:rotate", {"grace": "1h"}))["key"]
        found = self.by_id("inventory", "--workspace", home)
        self.assertEqual(len(found), 1051)
        item = found[key.id]
        document = self.document(key.id)
        for name in ("owner", "scopes", "createdAt", "expiresAt", "rotatedAt", "lastUsedAt",
                     "status"):
            self.assertEqual(item[name], document[name], name)
        self.assertEqual((item["rotatedAt"], item["secrets"]), (rotated["rotatedAt"], 2))
        self.assertIsNotNone(item["lastUsedAt"])

    def test_all_workspaces_are_looked_at(self):
        keys = {self.key(self.workspace()).id for _ in range(3)}
        self.assertLessEqual(keys, set(self.by_id("inventory")))

    def test_dormant_is_what_was_not_used_since(self):
        home = self.workspace()
        idle, used, revoked = (self.key(home) for _ in range(3))
        asleep = self.act(self.key(home).id, "suspend")
        for key in (idle, used):
            self.verify(key.token)
        self.act(revoked.id, "revoke")
        eventually(lambda: all(self.outcomes(key)["valid"] for key in (idle, used)))
        cutoff = rfc3339(time.time())
        wait_past(seconds_of(cutoff) + 0.01)
        self.verify(used.token)
        late = self.key(home)
        eventually(lambda: self.outcomes(used)["valid"] == 2)
        found = self.by_id("dormant", "--workspace", home, "--unused-since", cutoff)
        self.assertEqual(set(found), {idle.id, asleep["id"]})
        self.assertEqual(found[idle.id]["idleSince"], self.document(idle.id)["lastUsedAt"])
        self.assertEqual(found[asleep["id"]]["idleSince"], asleep["createdAt"])
        self.assertIsNone(found[asleep["id"]]["lastUsedAt"])
        self.assertNotIn(late.id, found)
        self.assertEqual(self.items("dormant", "--workspace", home), [])

    def test_over_age_is_what_was_not_rotated_since(self):
        home = self.workspace()
        old, fresh = self.key(home), self.key(home)
        cutoff = rfc3339(time.time() + 0.002)
        wait_past(seconds_of(cutoff) + 0.01)
        self.expect(self.root.post(f"/v1/keys/{fresh.id}:rotate", {}))
        found = self.by_id("over-age", "--workspace", home, "--rotated-before", cutoff)
        self.assertEqual(set(found), {old.id})
        self.assertEqual(found[old.id]["secretSince"], old.document["createdAt"])

    def test_no_expiry_is_what_ends_by_itself_never(self):
        home = self.workspace()
        lasting = self.key(home)
        self.key(home, expiresAt=rfc3339(time.time() + 3600))
        self.act(self.key(home).id, "revoke")
        self.assertEqual(set(self.by_id("no-expiry", "--workspace", home)), {lasting.id})

    def test_privileged_is_who_holds_wildcards_or_administers(self):
        home = self.workspace(emptyScopes="all")
        star = self.key(home, scopes=["*"], owner="ada")
        family = self.key(home, scopes=["leads:*", "leads:read"])
        empty = self.key(home, scopes=[])
        plain = self.key(home, scopes=["leads:read"])
        self.act(self.key(home, scopes=["*"]).id, "revoke")
        found = {i["keyId"]: i for i in self.items("privileged", "--workspace", home)}
        self.assertEqual({key: (i["scope"], i["why"]) for key, i in found.items()},
                         {star.id: ("*", "wildcard"), family.id: ("leads:*", "wildcard"),
                          empty.id: (None, "empty list")})
        self.assertEqual((found[star.id]["sinceSeq"], found[star.id]["since"]),
                         (star.document["seq"], star.document["createdAt"]))
        self.assertEqual(found[star.id]["actor"]["id"], self.expect(self.root.get("/v1/me"))["id"])
        asked = self.items("privileged", "--workspace", home, "--scope", "leads:read")
        self.assertEqual({i["keyId"] for i in asked}, {star.id, family.id, empty.id, plain.id})
        reader = self.admin(["keys:read"])
        admins = {i["keyId"]: i["why"] for i in self.items("privileged", "--workspace", "system")}
        self.assertEqual(admins[reader.id], "administers")
        head, before = self.report("privileged", "--workspace", home, "--as-of",
                                   star.document["seq"])
        self.assertEqual([i["keyId"] for i in before], [star.id])
        self.assertEqual(head["filters"]["scopes"], [])


class EventReports(ReportCase):
    def test_a_revocation_has_its_author_its_reason_and_what_was_refused_after_it(self):
        home = self.workspace()
        author = self.admin(["keys:write"])
        key = self.key(home, owner="ada", scopes=[])
        self.verify(key.token)
        eventually(lambda: self.outcomes(key)["valid"])
        used_at = self.document(key.id)["lastUsedAt"]
        client = self.server.client(author.token)
        revoked = self.expect(client.post(f"/v1/keys/{key.id}:revoke", {"reason": "leaked, \"x\""}))
        for _ in range(3):
            self.assertEqual(self.code(key.token), "revoked")
        quiet = self.key(home)
        self.act(quiet.id, "revoke")
        eventually(lambda: self.outcomes(key)["revoked"] == 3)
        items = self.items("revocations", "--workspace", home)
        self.assertEqual([item["keyId"] for item in items], [key.id, quiet.id])
        item = items[0]
        event = self.history(key.id)[-1]
        self.assertEqual((item["seq"], item["time"]), (event["seq"], revoked["revokedAt"]))
        self.assertEqual((item["actor"], item["reason"]), (event["actor"], "leaked, \"x\""))
        self.assertEqual(item["actor"]["id"], author.id)
        self.assertEqual((item["owner"], item["lastUsedAt"]), ("ada", used_at))
        self.assertEqual((item["refusedAfter"], item["acceptedAfter"]), (3, 0))
        self.assertIsNone(item["acceptedAfterMs"])
        latency = seconds_of(item["firstRefusedAt"]) - seconds_of(item["time"])
        self.assertEqual(item["firstRefusalMs"], round(latency * 1000))
        self.assertEqual((items[1]["refusedAfter"], items[1]["firstRefusedAt"]), (0, None))

    def test_a_bulk_revocation_is_one_item_a_key_and_a_period_bounds_it(self):
        home = self.workspace()
        first = self.key(home)
        self.act(first.id, "revoke")
        since = rfc3339(time.time() + 0.002)
        wait_past(seconds_of(since) + 0.01)
        keys = [self.key(home, owner="ada") for _ in range(3)]
        self.expect(self.root.post(f"/v1/workspaces/{home}/keys:revoke", {"owner": "ada"}))
        later = self.items("revocations", "--workspace", home, "--since", since)
        self.assertEqual({i["keyId"] for i in later}, {key.id for key in keys})
        earlier = self.items("revocations", "--workspace", home, "--until", since)
        self.assertEqual([i["keyId"] for i in earlier], [first.id])
        seq = self.history(first.id)[-1]["seq"]
        as_of = self.items("revocations", "--workspace", home, "--as-of", seq)
        self.assertEqual([i["keyId"] for i in as_of], [first.id])

    def test_the_access_log_has_who_read_what(self):
        reader = self.admin(["events:read", "keys:read"])
        client = self.server.client(reader.token)
        home, other = self.workspace(), self.workspace()
        for workspace in (home, other):
            self.expect(client.get(f"/v1/events?type=KeyCreated&workspace={workspace}"))

        def mine(*arguments):
            return [i for i in self.items("access-log", *arguments)
                    if i["actor"]["id"] == reader.id]

        eventually(lambda: len(mine()) == 2)
        found = {item["workspace"]: item for item in mine()}
        self.assertEqual(set(found), {home, other})
        self.assertEqual((found[home]["route"], found[home]["filter"], found[home]["count"]),
                         ("/v1/events", "type=KeyCreated", 1))
        self.assertEqual(found[home]["actor"]["address"], "127.0.0.1")
        self.assertEqual([i["workspace"] for i in mine("--workspace", home)], [home])
