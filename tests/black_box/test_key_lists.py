"""Lists of keys: filters, pages, and keys as they stood."""

import time
import urllib.parse

from cases import LedgerCase, rfc3339
from harness import eventually


class KeyLists(LedgerCase):
    def list(self, workspace, **filters):
        """The ids of all keys that the filters leave, in one page."""
        query = urllib.parse.urlencode({"limit": 1000} | filters)
        page = self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys?{query}"))
        self.assertIsNone(page["nextCursor"])
        return {item["id"] for item in page["items"]}

    def test_pages_hold_every_key_once(self):
        workspace = self.workspace()
        made = {self.key(workspace).id for _ in range(23)}
        self.key(self.workspace())
        for limit in (1, 7, 23, 1000):
            with self.subTest(limit=limit):
                seen, cursor, pages = [], "", 0
                while True:
                    path = f"/v1/workspaces/{workspace}/keys?limit={limit}{cursor}"
                    page = self.expect(self.root.get(path))
                    self.assertLessEqual(len(page["items"]), limit)
                    seen += [item["id"] for item in page["items"]]
                    pages += 1
                    if page["nextCursor"] is None:
                        break
                    cursor = "&cursor=" + urllib.parse.quote(page["nextCursor"], safe="")
                self.assertEqual(len(seen), 23)
                self.assertEqual(set(seen), made)
                self.assertLessEqual(pages, 23 // limit + 1)

    def test_a_page_has_a_hundred_items_if_no_limit_is_named(self):
        workspace = self.workspace()
        items = [
            {"digest": f"sha256:{n:064x}", "name": f"n{n}", "environment": "live", "scopes": []}
            for n in range(1, 102)
        ]
        self.expect(
            self.root.post(f"/v1/workspaces/{workspace}/keys:import", {"items": items}), 201
        )
        page = self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys"))
        self.assertEqual(len(page["items"]), 100)
        self.assertIsNotNone(page["nextCursor"])

    def test_keys_made_or_changed_between_pages_neither_repeat_nor_hide_others(self):
        workspace = self.workspace()
        made = {self.key(workspace).id for _ in range(6)}
        first = self.expect(self.root.get(f"/v1/workspaces/{workspace}/keys?limit=3"))
        for item in first["items"]:
            self.act(item["id"], "revoke")
        self.key(workspace)
        path = f"/v1/workspaces/{workspace}/keys?limit=1000&cursor="
        rest = self.expect(self.root.get(path + urllib.parse.quote(first["nextCursor"], safe="")))
        ids = [item["id"] for item in first["items"] + rest["items"]]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertLessEqual(made, set(ids))

    def test_status_filters(self):
        workspace = self.workspace()
        now = time.time()
        keys = {
            "active": self.key(workspace),
            "suspended": self.key(workspace),
            "revoked": self.key(workspace),
            "pending": self.key(workspace, notBefore=rfc3339(now + 3600)),
            "expired": self.key(workspace, expiresAt=rfc3339(now + 1.5)),
        }
        self.act(keys["suspended"].id, "suspend")
        self.act(keys["revoked"].id, "revoke")
        eventually(lambda: self.document(keys["expired"].id)["status"] == "expired", 10, "expiry")
        for status, key in keys.items():
            with self.subTest(status):
                self.assertEqual(self.list(workspace, status=status), {key.id})
                self.assertEqual(self.document(key.id)["status"], status)
        self.assertEqual(self.list(workspace), {key.id for key in keys.values()})

    def test_environment_owner_scope_and_text_filters(self):
        workspace = self.workspace()
        one = self.key(workspace, name="Nightly import", owner="acme", scopes=["leads:read"])
        two = self.key(
            workspace, name="Website", owner="acme", environment="test", scopes=["leads:write"]
        )
        three = self.key(
            workspace, name="Import of Tuesday", owner="initech", scopes=["a:b", "leads:read"]
        )
        self.assertEqual(self.list(workspace, environment="test"), {two.id})
        self.assertEqual(self.list(workspace, owner="acme"), {one.id, two.id})
        self.assertEqual(self.list(workspace, owner="acm"), set())
        self.assertEqual(self.list(workspace, scope="leads:read"), {one.id, three.id})
        self.assertEqual(self.list(workspace, scope="leads:read", owner="acme"), {one.id})
        self.assertEqual(self.list(workspace, q="Website"), {two.id})
        self.assertEqual(self.list(workspace, q="Nightly"), {one.id})
        self.assertEqual(self.list(workspace, q="nothing of the kind"), set())

    def test_filters_by_use(self):
        workspace = self.workspace()
        used, never = self.key(workspace), self.key(workspace)
        self.assertEqual(self.code(used.token, durable=True), "valid")
        self.assertNotIn(used.id, self.list(workspace, unusedSince="-1h"))
        later = rfc3339(time.time() + 3600)
        self.assertEqual(self.list(workspace, unusedSince=later), {used.id, never.id})

    def test_filters_by_expiry(self):
        workspace, now = self.workspace(), time.time()
        soon = self.key(workspace, expiresAt=rfc3339(now + 600))
        late = self.key(workspace, expiresAt=rfc3339(now + 90000))
        self.key(workspace)
        self.assertEqual(self.list(workspace, expiresBefore=rfc3339(now + 3600)), {soon.id})
        self.assertEqual(
            self.list(workspace, expiresBefore=rfc3339(now + 99999)), {soon.id, late.id}
        )
        self.assertEqual(self.list(workspace, expiresBefore=rfc3339(now)), set())

    def test_filters_by_age_count_a_key_that_was_never_rotated_from_its_making(self):
        workspace = self.workspace()
        old, renewed = self.key(workspace), self.key(workspace)
        made = self.document(renewed.id)["createdAt"]
        eventually(lambda: rfc3339(time.time()) > made, 1, "the next millisecond")
        rotated = self.act(renewed.id, "rotate")["key"]["rotatedAt"]
        self.assertEqual(self.list(workspace, rotatedBefore=rotated), {old.id})
        self.assertEqual(
            self.list(workspace, rotatedBefore=rfc3339(time.time() + 60)), {old.id, renewed.id}
        )
        self.assertEqual(self.list(workspace, rotatedBefore="-90d"), set())

    def test_keys_as_they_stood_by_seq_and_by_time(self):
        workspace = self.workspace()
        key = self.key(workspace, name="First", scopes=["a:b"])
        first = key.document
        renamed = self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "Second"}))
        self.expect(self.root.put(f"/v1/keys/{key.id}/scopes", {"scopes": []}))
        other = self.key(workspace)
        self.act(key.id, "revoke")
        for seq, name, scopes, status in (
            (first["seq"], "First", ["a:b"], "active"),
            (renamed["seq"], "Second", ["a:b"], "active"),
            (other.document["seq"], "Second", [], "active"),
            (self.document(key.id)["seq"], "Second", [], "revoked"),
        ):
            with self.subTest(seq=seq):
                then = self.document(key.id, f"?asOf={seq}")
                self.assertEqual(
                    (then["name"], then["scopes"], then["status"]), (name, scopes, status)
                )
                self.assertEqual(self.list(workspace, asOf=seq, status=status) >= {key.id}, True)
        self.assertEqual(
            self.document(key.id, f"?asOf={first['seq']}")["revision"], first["revision"]
        )
        self.assertEqual(self.list(workspace, asOf=first["seq"]), {key.id})
        self.assertEqual(self.list(workspace, asOf=first["seq"] - 1), set())
        self.problem(self.root.get(f"/v1/keys/{key.id}?asOf={first['seq'] - 1}"), 404, "not_found")

    def test_a_time_stands_for_the_last_event_not_later(self):
        workspace = self.workspace()
        key = self.key(workspace, name="First")
        created = self.history(key.id)[0]["time"]
        eventually(lambda: rfc3339(time.time()) > created, 1, "the next millisecond")
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "Second"}))
        changed = self.history(key.id)[1]["time"]
        self.assertLess(created, changed)
        self.assertEqual(self.document(key.id, f"?asOf={created}")["name"], "First")
        self.assertEqual(self.document(key.id, f"?asOf={changed}")["name"], "Second")
        self.assertEqual(self.list(workspace, asOf=changed), {key.id})
        self.problem(self.root.get(f"/v1/keys/{key.id}?asOf=-1h"), 404, "not_found")

    def test_what_stood_outlives_a_restart(self):
        key = self.key(self.workspace(), name="First")
        self.expect(self.root.patch(f"/v1/keys/{key.id}", {"name": "Second"}))
        then = self.document(key.id, f"?asOf={key.document['seq']}")
        self.restart()
        self.assertEqual(self.document(key.id, f"?asOf={key.document['seq']}"), then)

    def test_wrong_filters_are_refused(self):
        workspace = self.workspace()
        for query in (
            "limit=0",
            "limit=1001",
            "limit=ten",
            "limit=-1",
            "cursor=nonsense",
            "status=asleep",
            "unusedSince=soon",
            "expiresBefore=",
            "asOf=yesterday",
            "asOf=-1",
            "asOf=99999999999999999999",
        ):
            with self.subTest(query):
                answer = self.root.get(f"/v1/workspaces/{workspace}/keys?{query}")
                self.problem(answer, 400, "invalid_request")
