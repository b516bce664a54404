"""A key's whole history, proved to who trusts nobody; and that there is no such key."""

import json

from auditor import AuditCase, run_script
from harness import eventually, run_program


class KeyProofs(AuditCase):
    def bundle(self, key_id, query=""):
        return self.answer_of_200(f"/v1/keys/{key_id}/events?proof=true{query}").json

    def kept(self, bundle):
        path = self.server.directory / "bundle.json"
        path.write_text(json.dumps(bundle))
        return path

    def good_bundle(self, bundle):
        path = self.kept(bundle)
        self.good(run_program("audit", "verify", "--file", path, "--key", self.vkey))
        return self.good(run_script("--key", self.vkey, path))

    def bad_bundle(self, bundle):
        path = self.kept(bundle)
        self.bad(run_program("audit", "verify", "--file", path, "--key", self.vkey))
        self.bad(run_script("--key", self.vkey, path))

    def sealed_until(self, seq, key_id, query=""):
        """A bundle whose seal speaks of that event."""

        def found():
            bundle = self.bundle(key_id, query)
            return bundle if bundle["seal"]["atSeq"] >= seq else None

        return eventually(found, 10, "a seal over the event")

    def test_a_keys_whole_history_is_proved_with_its_uses_and_without(self):
        newest = self.history(self.used.id)[-1]["seq"]
        bundle = self.sealed_until(newest, self.used.id)
        self.assertEqual(len(bundle["items"]), 2)
        self.assertIn("2 life-cycle events, uses not shown", self.good_bundle(bundle))
        with_uses = self.sealed_until(newest, self.used.id, "&uses=true")
        self.assertGreater(len(with_uses["items"]), 2)
        count = len(with_uses["items"])
        self.assertIn(f"{count} events, and no other", self.good_bundle(with_uses))

    def test_a_history_with_an_event_left_out_is_not_whole(self):
        newest = self.history(self.used.id)[-1]["seq"]
        bundle = self.sealed_until(newest, self.used.id, "&uses=true")
        for left_out in range(len(bundle["items"])):
            with self.subTest(left_out=left_out):
                items = bundle["items"][:left_out] + bundle["items"][left_out + 1 :]
                self.bad_bundle(bundle | {"items": items})
        self.bad_bundle(bundle | {"items": bundle["items"] + bundle["items"][-1:]})
        self.bad_bundle(bundle | {"items": []})

    def test_a_bundle_with_another_head_or_of_another_key_proves_nothing(self):
        newest = self.history(self.used.id)[-1]["seq"]
        bundle = self.sealed_until(newest, self.used.id)
        for field in ("revision", "lastSeq", "total", "position"):
            head = dict(bundle["seal"]["heads"][0])
            head[field] += 1
            self.bad_bundle(bundle | {"seal": bundle["seal"] | {"heads": [head]}})
        self.bad_bundle(bundle | {"seal": bundle["seal"] | {"heads": []}})
        other = self.key(self.home)
        self.bad_bundle(bundle | {"keyId": other.id})
        first = bundle["items"][0]
        as_seal = bundle["seal"] | {"seq": first["seq"], "entry": first["entry"],
                                    "hashes": first["hashes"]}
        self.bad_bundle(bundle | {"seal": as_seal})

    def test_that_there_is_no_such_key_is_proved(self):
        for key_id in ("key_00000000000000000000000000", "key_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                       self.used.id[:-4] + ("0000" if self.used.id[-4:] != "0000" else "0001")):
            with self.subTest(key=key_id):
                bundle = self.bundle(key_id)
                self.assertEqual(bundle["items"], [])
                self.assertIn("no such key", self.good_bundle(bundle))
                self.bad_bundle(bundle | {"keyId": bundle["seal"]["heads"][0]["keyId"]})
                if len(bundle["seal"]["heads"]) == 2:
                    for one in bundle["seal"]["heads"]:
                        self.bad_bundle(bundle | {"seal": bundle["seal"] | {"heads": [one]}})

    def test_a_later_event_makes_a_later_seal(self):
        key = self.key(self.home)
        self.sealed_until(key.document["seq"], key.id)
        revoked = self.act(key.id, "revoke")["seq"]
        bundle = self.sealed_until(revoked, key.id)
        self.assertEqual(bundle["seal"]["heads"][0]["revision"], 2)
        self.good_bundle(bundle)

    def test_a_seal_is_made_at_a_start_too(self):
        self.restart()
        bundle = self.bundle(self.used.id)
        self.good_bundle(bundle)
        newest = self.root.get("/v1/events?type=StreamHeadsSealed&limit=1000").json["items"][-1]
        self.assertGreaterEqual(newest["seq"], bundle["seal"]["seq"])
        self.assertEqual(newest["data"]["keys"], bundle["seal"]["keys"])

    def test_who_may_not_read_the_events_is_refused(self):
        path = f"/v1/keys/{self.used.id}/events?proof=true"
        self.problem(self.anonymous.get(path), 401)
        bound = self.server.client(
            self.admin(["events:read"], resource={"kind": "workspace", "id": self.home}).token
        )
        self.assertIn(bound.get(path).status, (200, 202))
        self.problem(bound.get(path + "&uses=true"), 403, "forbidden")
        self.problem(bound.get("/v1/keys/key_00000000000000000000000000/events?proof=true"), 404)
        self.problem(self.root.get(path + "&limit=3"), 400, "invalid_request")
        self.problem(self.root.get(f"/v1/keys/{self.used.id}/events?proof=maybe"), 400)
        self.problem(self.root.get("/v1/keys/nonsense/events?proof=true"), 404, "not_found")
