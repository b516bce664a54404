"""What an auditor asks: who read the history, who could use what, why a check came to its answer."""

import time

from cases import LedgerCase, rfc3339
from harness import eventually

RULES = (
    "malformed unknown revoked suspended pending expired wrong_workspace wrong_environment "
    "ip_not_allowed wrong_resource insufficient_scope rate_limited quota_exceeded"
).split()


class Reads(LedgerCase):
    def reads(self, reader, **data):
        """The reads of that key that are stated so far, and say that."""
        query = f"/v1/events?type=HistoryRead&actor={reader.id}&limit=1000"
        events = self.expect(self.root.get(query))["items"]
        return [event for event in events if data.items() <= event["data"].items()]

    def auditor(self, **fields):
        key = self.admin(["events:read", "keys:read", "workspaces:read"], **fields)
        return key, self.server.client(key.token)

    def test_each_way_to_read_the_past_is_an_event(self):
        key, client = self.auditor()
        home = self.workspace()
        seen = self.key(home, scopes=["a:b"], owner="ada@example.com")
        seq = seen.document["seq"]
        for path, data in (
            (f"/v1/events?type=KeyCreated&workspace={home}",
             {"route": "/v1/events", "workspace": home, "filter": "type=KeyCreated", "events": 1}),
            (f"/v1/events?key={seen.id}&from={seq}",
             {"route": "/v1/events", "keyId": seen.id, "filter": None, "from": seq}),
            (f"/v1/keys/{seen.id}/events",
             {"route": "/v1/keys/{id}/events", "keyId": seen.id, "events": 1}),
            (f"/v1/access?scope=a:b&workspace={home}",
             {"route": "/v1/access", "workspace": home, "filter": "scope=a:b"}),
            (f"/v1/keys/{seen.id}/explanation?scopes=a:b",
             {"route": "/v1/keys/{id}/explanation", "keyId": seen.id, "filter": "scopes=a:b"}),
            (f"/v1/keys/{seen.id}?asOf={seq}",
             {"route": "/v1/keys/{id}", "keyId": seen.id, "until": seq}),
            (f"/v1/workspaces/{home}/keys?asOf={seq}&owner=ada@example.com",
             {"route": "/v1/workspaces/{workspace}/keys", "workspace": home, "filter": "owner=*"}),
            (f"/v1/workspaces/{home}?asOf={seq}",
             {"route": "/v1/workspaces/{workspace}", "workspace": home}),
            (f"/v1/workspaces?asOf={seq}", {"route": "/v1/workspaces", "until": seq}),
        ):  # fmt: skip
            with self.subTest(path):
                self.expect(client.get(path))
                eventually(lambda: self.reads(key, **data), 5, f"{data} of {self.reads(key)}")
                (event,) = self.reads(key, **data)
                self.assertEqual(event["stream"], "audit")
                self.assertEqual(event["actor"]["id"], key.id)
                self.assertEqual(event["actor"]["address"], "127.0.0.1")
                self.assertEqual(event["data"]["count"], 1)
                self.assertNotIn("ada@", str(event))

    def test_what_is_not_the_past_is_none(self):
        key, client = self.auditor()
        home = self.workspace()
        seen = self.key(home)
        for path in (f"/v1/keys/{seen.id}", f"/v1/workspaces/{home}/keys", "/v1/workspaces"):
            self.expect(client.get(path))
        self.problem(client.get("/v1/events?type=Nonsense"), 400)
        self.expect(client.get("/v1/events?limit=1"))
        eventually(lambda: self.reads(key), 5)
        self.assertEqual([read["data"]["filter"] for read in self.reads(key)], [None])

    def test_who_polls_is_stated_once_at_first_and_the_rest_at_the_end(self):
        key, client = self.auditor()
        position = 0
        for poll in range(40):
            page = client.get(f"/v1/events?from={position}&limit=1000")
            items = self.expect(page)["items"]
            position = items[-1]["seq"] + 1 if items else position
            if poll == 0:
                eventually(lambda: self.reads(key), 5)
        self.assertEqual([read["data"]["count"] for read in self.reads(key)], [1])
        self.restart()
        counts = [read["data"]["count"] for read in self.reads(key)]
        self.assertEqual(counts, [1, 39])

    def test_an_idle_follower_of_everything_sees_its_own_opening_and_no_more(self):
        key, client = self.auditor()
        headers = {"Accept": "text/event-stream"}
        response = client.open("GET", "/v1/events?from=0", headers=headers)
        self.addCleanup(client.close)
        eventually(lambda: self.reads(key, route="/v1/events"), 5)
        (event,) = self.reads(key)
        ids = []
        while event["seq"] not in ids:
            line = response.readline().decode()
            if line.startswith("id: "):
                ids.append(int(line[4:]))
        wait = time.monotonic() + 1  # ten flush intervals in which nobody asks anything
        eventually(lambda: time.monotonic() > wait, 2)
        kinds = [e["type"] for e in self.expect(self.root.get(
            f"/v1/events?from={event['seq'] + 1}"))["items"]]  # fmt: skip
        self.assertLessEqual(len([k for k in kinds if k == "HistoryRead"]), 2, kinds)
        self.assertEqual(len(self.reads(key)), 1)


class Access(LedgerCase):
    def access(self, query, client=None):
        """All pages of an answer, by key."""
        items, cursor = [], ""
        while cursor is not None:
            path = f"/v1/access?limit=2&{query}" + (f"&cursor={cursor}" if cursor else "")
            page = self.expect((client or self.root).get(path))
            items += page["items"]
            cursor = page["nextCursor"]
        return {item["keyId"]: item for item in items}

    def test_wildcards_and_the_empty_list_count_and_the_unable_do_not(self):
        home = self.workspace(emptyScopes="all")
        able = {
            name: self.key(home, scopes=scopes, owner=name)
            for name, scopes in (
                ("exact", ["leads:read"]),
                ("family", ["leads:*"]),
                ("all", ["*"]),
                ("empty", []),
                ("both", ["*", "leads:read"]),
            )
        }
        self.key(home, scopes=["leads:write"])
        gone = self.key(home, scopes=["leads:read"])
        self.act(gone.id, "revoke")
        asleep = self.key(home, scopes=["leads:read"])
        self.act(asleep.id, "suspend")
        self.key(home, scopes=["leads:read"], notBefore=rfc3339(time.time() + 3600))
        self.key(home, scopes=["leads:read"], expiresAt=rfc3339(time.time() - 3600))
        found = self.access(f"workspace={home}&scope=leads:read")
        self.assertEqual(set(found), {key.id for key in able.values()})
        scopes = {item["owner"]: item["scope"] for item in found.values()}
        self.assertEqual(scopes, {"exact": "leads:read", "family": "leads:*", "all": "*",
                                  "empty": None, "both": "leads:read"})  # fmt: skip
        for key in able.values():
            self.assertEqual(found[key.id]["sinceSeq"], key.document["seq"])
        resumed = self.act(asleep.id, "resume")
        found = self.access(f"workspace={home}&scope=leads:read")
        self.assertEqual(found[asleep.id]["sinceSeq"], resumed["seq"])
        for key in (asleep, able["exact"], able["empty"]):
            item = found[key.id]
            event = next(e for e in self.history(key.id) if e["seq"] == item["sinceSeq"])
            self.assertEqual((item["since"], item["actor"]), (event["time"], event["actor"]))
        before = self.access(f"workspace={home}&scope=leads:read&asOf={gone.document['seq']}")
        self.assertIn(gone.id, before)
        self.assertNotIn(asleep.id, before)

    def test_a_bound_key_counts_for_its_own_resource(self):
        home = self.workspace()
        bound = self.key(home, scopes=["a:b"], resource={"kind": "agent", "id": "1"})
        free = self.key(home, scopes=["a:b"])
        query = f"workspace={home}&scope=a:b"
        self.assertEqual(set(self.access(query)), {bound.id, free.id})
        self.assertEqual(set(self.access(query + "&resource=agent/1")), {bound.id, free.id})
        self.assertEqual(set(self.access(query + "&resource=agent/2")), {free.id})

    def test_a_change_of_what_an_empty_list_means_counts(self):
        home = self.workspace()
        key = self.key(home, scopes=[])
        query = f"workspace={home}&scope=a:b"
        self.assertEqual(self.access(query), {})
        patched = self.root.patch(f"/v1/workspaces/{home}", {"emptyScopes": "all"})
        seq = self.expect(patched)["seq"]
        self.assertEqual(self.access(query)[key.id]["sinceSeq"], seq)
        self.assertEqual(self.access(query + f"&asOf={seq - 1}"), {})

    def test_a_bound_caller_sees_its_workspace_and_rebuilding_changes_nothing(self):
        home, other = self.workspace(), self.workspace()
        mine, theirs = self.key(home, scopes=["x:y"]), self.key(other, scopes=["x:y"])
        self.assertEqual(set(self.access("scope=x:y")) >= {mine.id, theirs.id}, True)
        bound = self.admin(["events:read"], resource={"kind": "workspace", "id": home})
        client = self.server.client(bound.token)
        self.assertEqual(set(self.access("scope=x:y", client)), {mine.id})
        self.problem(client.get(f"/v1/access?workspace={other}"), 404, "not_found")
        before = self.access("scope=x:y")
        self.server.stop()
        self.server.arguments.append("--rebuild")
        self.server.start()
        self.server.arguments.pop()
        self.connect()
        self.assertEqual(self.access("scope=x:y"), before)

    def test_wrong_questions_are_refused(self):
        for query in ("scope=nonsense", "resource=agent", "asOf=soon", "limit=0", "cursor=x",
                      "scopes=a:b", "workspace="):  # fmt: skip
            with self.subTest(query):
                self.problem(self.root.get("/v1/access?" + query), 400, "invalid_request")
        self.problem(self.root.get("/v1/access?workspace=nobody"), 404, "not_found")
        reader = self.server.client(self.admin(["keys:read"]).token)
        self.problem(reader.get("/v1/access"), 403, "forbidden")


class Explanations(LedgerCase):
    def explain(self, key, query=""):
        answer = self.expect(self.root.get(f"/v1/keys/{key.id}/explanation{query}"))
        self.assertEqual([rule["rule"] for rule in answer["rules"]], RULES)
        return answer, {rule["rule"]: rule for rule in answer["rules"]}

    def test_it_comes_to_what_the_check_comes_to_and_names_the_event(self):
        home = self.workspace()
        key = self.key(home, scopes=["a:b"], allowedIps=["192.0.2.0/24"])
        answer, rules = self.explain(key, "?scopes=a:b,a:c&ip=192.0.2.1")
        self.assertEqual((answer["code"], answer["decidedBy"]), ("insufficient_scope",) * 2)
        rule = rules["insufficient_scope"]
        self.assertEqual((rule["result"], rule["detail"]), ("failed", "a:c"))
        self.assertEqual(rule["event"]["seq"], key.document["seq"])
        self.assertEqual(rules["quota_exceeded"]["result"], "not_reached")
        self.assertEqual(
            self.code(key.token, scopes=["a:b", "a:c"], ip="192.0.2.1"), answer["code"]
        )
        answer, rules = self.explain(key, "?scopes=a:b")
        self.assertEqual(answer["code"], self.code(key.token, scopes=["a:b"]))
        self.assertEqual(rules["ip_not_allowed"]["detail"], "192.0.2.0/24")
        answer, _ = self.explain(key, "?scopes=a:b&ip=192.0.2.1")
        self.assertEqual((answer["code"], answer["decidedBy"]), ("valid", None))

    def test_the_past_and_the_time_to_come(self):
        key = self.key(self.workspace(), scopes=["a:b"], expiresAt=rfc3339(time.time() + 3600))
        revoked = self.act(key.id, "revoke", {"reason": "leaked"})
        answer, rules = self.explain(key)
        self.assertEqual(answer["code"], "revoked")
        event = rules["revoked"]["event"]
        self.assertEqual((event["seq"], event["type"]), (revoked["seq"], "KeyRevoked"))
        self.assertEqual(event["reason"], "leaked")
        self.assertEqual(event["actor"]["id"], self.expect(self.root.get("/v1/me"))["id"])
        then, _ = self.explain(key, f"?at={key.document['seq']}")
        self.assertEqual((then["code"], then["asOf"]), ("valid", key.document["seq"]))
        lasting = self.key(self.workspace(), expiresAt=rfc3339(time.time() + 3600))
        self.assertEqual(self.explain(lasting)[0]["code"], "valid")
        later, rules = self.explain(lasting, "?at=%2B2h")
        self.assertEqual(later["code"], "expired")
        self.assertEqual(rules["expired"]["event"]["seq"], lasting.document["seq"])
        self.problem(
            self.root.get(f"/v1/keys/{key.id}/explanation?at={key.document['seq'] - 1}"), 404
        )

    def test_an_older_secret_has_its_own_answer(self):
        key = self.key(self.workspace())
        self.expect(self.root.post(f"/v1/keys/{key.id}:rotate", {"grace": "0s"}))
        rotation = self.history(key.id)[-1]
        newest, _ = self.explain(key)
        self.assertEqual((newest["code"], newest["secretVersion"]), ("valid", 2))
        older, rules = self.explain(key, "?secret=1")
        self.assertEqual((older["code"], older["secretVersion"]), ("revoked", 1))
        self.assertEqual(older["code"], self.code(key.token))
        self.assertEqual(rules["revoked"]["event"]["seq"], rotation["seq"])
        for wrong in ("0", "3", "x"):
            answer = self.root.get(f"/v1/keys/{key.id}/explanation?secret={wrong}")
            self.problem(answer, 400, "invalid_request")

    def test_what_it_takes_to_ask(self):
        key = self.key(self.workspace())
        path = f"/v1/keys/{key.id}/explanation"
        for scopes in (["keys:read"], ["events:read"]):
            reader = self.server.client(self.admin(scopes).token)
            self.problem(reader.get(path), 403, "forbidden")
        for query in ("scopes=a", "resource=x", "ip=here", "at=soon", "scope=a:b"):
            with self.subTest(query):
                self.problem(self.root.get(f"{path}?{query}"), 400, "invalid_request")


class AsOf(LedgerCase):
    def test_status_is_as_of_then(self):
        home = self.workspace()
        key = self.key(home, expiresAt=rfc3339(time.time() + 0.3))
        seq = key.document["seq"]
        eventually(lambda: self.document(key.id)["status"] == "expired", 5)
        self.assertEqual(self.document(key.id, f"?asOf={seq}")["status"], "active")
        expiry = key.document["expiresAt"]
        self.assertEqual(self.document(key.id, f"?asOf={expiry}")["status"], "expired")
        listed = self.expect(self.root.get(f"/v1/workspaces/{home}/keys?asOf={expiry}"))["items"]
        self.assertEqual([item["status"] for item in listed], ["expired"])

    def test_a_workspace_and_the_list_of_them_as_they_stood(self):
        home = self.workspace(name="First")
        first = self.expect(self.root.get(f"/v1/workspaces/{home}"))
        self.expect(self.root.patch(f"/v1/workspaces/{home}", {"name": "Second"}))
        then = f"?asOf={first['seq']}"
        self.assertEqual(self.expect(self.root.get(f"/v1/workspaces/{home}{then}")), first)
        listed = self.expect(self.root.get(f"/v1/workspaces{then}&limit=1000"))["items"]
        self.assertIn(first, listed)
        before = f"?asOf={first['seq'] - 1}"
        self.problem(self.root.get(f"/v1/workspaces/{home}{before}"), 404, "not_found")
        listed = self.expect(self.root.get(f"/v1/workspaces{before}&limit=1000"))["items"]
        self.assertNotIn(home, [item["slug"] for item in listed])
