"""Checkpoints, proofs, receipts and tiles, checked by who has none of the program's code."""

import base64
import sys

from cases import LedgerCase
from harness import ROOT, eventually, in_threads

sys.path.insert(0, str(ROOT / "tools"))
import verify_export as verifier  # noqa: E402
import verify_key_proof  # noqa: E402

IMMUTABLE = "max-age=31536000, immutable"


def decoded(hashes):
    return [base64.b64decode(text, validate=True) for text in hashes]


def consistent(old_size, old_root, size, root, hashes):
    """RFC 9162, 2.1.4.2."""
    if old_size == size:
        return old_root == root and not hashes
    path = ([old_root] if old_size & (old_size - 1) == 0 else []) + hashes
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old = verifier.sha(b"\1", other, old)
            new = verifier.sha(b"\1", other, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = verifier.sha(b"\1", new, other)
        index, last = index >> 1, last >> 1
    return last == 0 and old == old_root and new == root


class Proofs(LedgerCase):
    EVENTS = 700  # more than two tiles

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("workspace")
        cls.home = case.workspace()
        items = [{"digest": f"sha256:{i:064x}", "name": f"import {i}", "environment": "live",
                  "scopes": []} for i in range(cls.EVENTS)]
        made = cls.root.post(f"/v1/workspaces/{cls.home}/keys:import", {"items": items})
        case.assertEqual(made.status, 201, made)
        cls.made = case.key(cls.home)
        cls.newest = cls.made.document["seq"]
        cls.vkey = cls.anonymous.get("/v1/ledger/key").body.decode().strip()

    def checkpoint(self):
        """The size and root that the log has signed."""
        answer = self.anonymous.get("/checkpoint")
        self.assertEqual(answer.status, 200, answer)
        return verifier.open_checkpoint(answer.body.decode(), [self.vkey])[:2]

    def covered(self, seq):
        """The first checkpoint over the event."""

        def found():
            size, root = self.checkpoint()
            return (size, root) if size > seq else None

        return eventually(found, 5, "a checkpoint over the event")

    def entry(self, seq):
        answer = self.root.get(f"/v1/ledger/entries/{seq}")
        self.assertEqual(answer.status, 200, answer)
        return answer.body

    def test_a_checkpoint_is_signed_within_a_second_and_is_the_file_on_the_disk(self):
        size, root = self.covered(self.key(self.home).document["seq"])
        answer = self.anonymous.get("/v1/ledger/checkpoint")
        self.assertEqual(answer.header("Content-Type"), "text/plain; charset=utf-8")
        self.assertIn("max-age=1", answer.header("Cache-Control"))
        kept = (self.server.data / "checkpoint").read_text()
        now_size, _, _ = verifier.open_checkpoint(kept, [self.vkey])
        self.assertGreaterEqual(now_size, size)
        self.assertEqual(len(root), 32)

    def test_a_checkpoint_with_a_changed_byte_is_not_one(self):
        note = self.anonymous.get("/checkpoint").body.decode()
        lines = note.split("\n")
        for changed in (note.replace(lines[1], lines[1] + "0", 1),
                        note.replace(lines[2], base64.b64encode(bytes(32)).decode(), 1)):
            with self.assertRaises(verifier.Wrong):
                verifier.open_checkpoint(changed, [self.vkey])

    def test_every_entry_is_proved_to_stand_in_the_tree(self):
        size, root = self.covered(self.newest)
        for seq in {0, 1, 2, 255, 256, 257, 511, 512, self.newest, size - 1}:
            with self.subTest(seq=seq):
                entry = self.entry(seq)
                answer = self.anonymous.get(f"/v1/ledger/proofs/inclusion?seq={seq}&size={size}")
                proof = self.expect(answer)
                self.assertEqual(proof["seq"], seq)
                self.assertEqual(proof["size"], size)
                leaf = verifier.leaf_hash(entry)
                self.assertEqual(base64.b64decode(proof["leafHash"]), leaf)
                led_to = verify_key_proof.root_by_inclusion(seq, size, leaf, decoded(proof["hashes"]))
                self.assertEqual(led_to, root)
                self.assertIn(IMMUTABLE, answer.header("Cache-Control"))

    def test_a_tree_of_any_size_is_proved_to_extend_any_smaller_one(self):
        size, root = self.covered(self.newest)
        tree = verifier.Tree()
        roots = {}
        for seq in range(size):
            tree.add(verifier.leaf_hash(self.entry(seq)))
            roots[tree.size] = tree.root()
        self.assertEqual(roots[size], root)
        for old in (1, 2, 3, 255, 256, 257, 512, size - 1, size):
            for new in (old, min(old + 1, size), 600, size):
                if new < old:
                    continue
                with self.subTest(old=old, new=new):
                    proof = self.expect(
                        self.anonymous.get(f"/v1/ledger/proofs/consistency?from={old}&to={new}")
                    )
                    self.assertEqual((proof["from"], proof["to"]), (old, new))
                    hashes = decoded(proof["hashes"])
                    self.assertTrue(consistent(old, roots[old], new, roots[new], hashes))
        nothing = self.expect(self.anonymous.get("/v1/ledger/proofs/consistency?from=0"))
        self.assertEqual(nothing["hashes"], [])

    def test_what_was_just_written_can_be_proved_at_once(self):
        seq = self.key(self.home).document["seq"]
        proof = self.expect(
            self.anonymous.get(f"/v1/ledger/proofs/inclusion?seq={seq}&size={seq + 1}")
        )
        tree = verifier.Tree()
        for i in range(seq + 1):
            tree.add(verifier.leaf_hash(self.entry(i)))
        led_to = verify_key_proof.root_by_inclusion(
            seq, seq + 1, base64.b64decode(proof["leafHash"]), decoded(proof["hashes"])
        )
        self.assertEqual(led_to, tree.root())

    def test_a_receipt_stands_alone_and_comes_once_a_checkpoint_covers_the_event(self):
        seq = self.key(self.home).document["seq"]
        waited = []

        def receipt():
            answer = self.root.get(f"/v1/ledger/receipts/{seq}")
            self.assertIn(answer.status, (200, 202), answer)
            if answer.status == 202:
                self.assertEqual(answer.header("Retry-After"), "1")
                self.assertEqual(answer.body, b"")
                waited.append(answer)
                return None
            return answer

        answer = eventually(receipt, 5, "a receipt")
        text = answer.body.decode()
        self.assertTrue(text.startswith("c2sp.org/tlog-proof@v1\nextra "))
        self.assertIn(f"event {seq} ", verify_key_proof.verify_receipt(text, [self.vkey]))
        for changed in (
            text.replace(f"index {seq}", f"index {seq - 1}"),
            text.replace("extra S0wA", "extra S0wB"),
            text.replace("extra ", "other "),
        ):
            with self.assertRaises((verifier.Wrong, ValueError)):
                verify_key_proof.verify_receipt(changed, [self.vkey])

    def test_tiles_hold_the_hashes_and_bundles_the_entries(self):
        size, root = self.covered(self.newest)
        tree = verifier.Tree()
        for index in range((size + 255) // 256):
            width = min(256, size - index * 256)
            path = verifier.tile_path("entries", index, width)
            bundle = self.root.get("/" + path)
            self.assertEqual(bundle.status, 200, bundle)
            hashes = self.anonymous.get("/" + path.replace("entries", "0"))
            self.assertEqual(hashes.status, 200, hashes)
            self.assertEqual(hashes.header("Content-Type"), "application/octet-stream")
            self.assertIn("public, " + IMMUTABLE, hashes.header("Cache-Control"))
            self.assertIn("private, " + IMMUTABLE, bundle.header("Cache-Control"))
            at, leaves = 0, b""
            while at < len(bundle.body):
                length = int.from_bytes(bundle.body[at : at + 2], "big")
                leaf = verifier.leaf_hash(bundle.body[at + 2 : at + 2 + length])
                tree.add(leaf)
                leaves += leaf
                at += 2 + length
            self.assertEqual(hashes.body, leaves)
        self.assertEqual(tree.root(), root)
        above = self.anonymous.get(f"/tile/1/000.p/{size // 256}").body
        self.assertEqual(len(above), 32 * (size // 256))
        first = verifier.Tree()
        for seq in range(256):
            first.add(verifier.leaf_hash(self.entry(seq)))
        self.assertEqual(above[:32], first.root())
        # A narrower one than there is by now.
        narrow = self.anonymous.get("/tile/0/000.p/7").body
        self.assertEqual(narrow, self.anonymous.get("/tile/0/000").body[: 7 * 32])

    def test_an_entry_is_also_shown_as_the_event_that_it_is(self):
        shown = self.root.get(f"/v1/ledger/entries/{self.newest}",
                              headers={"Accept": "application/json"})
        event = self.expect(shown)
        self.assertEqual(event["seq"], self.newest)
        self.assertEqual(event["type"], "KeyCreated")
        leaf = verifier.leaf_hash(self.entry(self.newest))
        self.assertEqual(base64.b64decode(event["leafHash"]), leaf)

    def test_the_policy_names_the_log(self):
        text = self.anonymous.get("/v1/ledger/policy").body.decode()
        self.assertEqual(text, f"log {self.vkey}\nquorum none\n")

    def test_bad_questions_are_refused(self):
        for path in (
            "proofs/inclusion", "proofs/inclusion?seq=x", "proofs/inclusion?seq=-1",
            "proofs/inclusion?seq=5&size=5", "proofs/inclusion?seq=0&size=0",
            "proofs/inclusion?seq=0&size=99999999", "proofs/inclusion?seq=0&seq=1",
            "proofs/inclusion?seq=18446744073709551616", "proofs/inclusion?seq=0&other=1",
            "proofs/inclusion?seq=18446744073709551615",
            "proofs/consistency", "proofs/consistency?from=2&to=1",
            "proofs/consistency?from=1&to=99999999", "proofs/consistency?from=99999999",
            "proofs/consistency?to=1",
        ):
            with self.subTest(path=path):
                self.problem(self.anonymous.get(f"/v1/ledger/{path}"), 400, "invalid_request")
        for path in (
            "/v1/ledger/entries/99999999", "/v1/ledger/entries/x", "/v1/ledger/entries/-1",
            "/v1/ledger/entries/18446744073709551616", "/v1/ledger/receipts/99999999",
            "/v1/ledger/receipts/%20", "/tile/0/999", "/tile/0/0", "/tile/9/000", "/tile/64/000",
            "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/x000/000", "/tile/", "/tile/entries/",
            "/tile/entries/999", "/tile/1/000", "/tile/0/../0/000", "/v1/ledger", "/checkpoint/",
        ):
            with self.subTest(path=path):
                self.problem(self.root.get(path), 404, "not_found")
        self.problem(self.anonymous.post("/checkpoint"), 405)
        self.problem(self.anonymous.post("/tile/0/000"), 405)

    def test_entries_are_for_those_who_may_read_events(self):
        paths = ("/v1/ledger/entries/0", "/v1/ledger/receipts/0", "/tile/entries/000")
        reader = self.server.client(self.admin(["events:read"]).token)
        bound = self.server.client(
            self.admin(["events:read"], resource={"kind": "workspace", "id": self.home}).token
        )
        other = self.server.client(self.admin(["keys:read"]).token)
        self.covered(256)
        for path in paths:
            with self.subTest(path=path):
                self.problem(self.anonymous.get(path), 401, "unauthenticated")
                self.problem(other.get(path), 403, "forbidden")
                self.assertEqual(reader.get(path).status, 200)
                self.problem(bound.get(path), 403, "forbidden")
        self.assertEqual(bound.get(f"/v1/ledger/entries/{self.newest}").status, 200)

    def test_head_answers_without_a_body(self):
        answer = self.anonymous.request("HEAD", "/checkpoint")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.body, b"")

    def test_proofs_hold_while_the_log_grows(self):
        size, root = self.covered(self.newest)

        def ask(number):
            client = self.server.client()
            writer = self.server.client(self.server.root_token)
            for i in range(20):
                made = writer.post(f"/v1/workspaces/{self.home}/keys",
                                   {"name": f"{number}-{i}", "environment": "live", "scopes": []})
                self.assertEqual(made.status, 201, made)
                note = client.get("/checkpoint").body.decode()
                now, now_root, _ = verifier.open_checkpoint(note, [self.vkey])
                proof = client.get(f"/v1/ledger/proofs/consistency?from={size}&to={now}").json
                self.assertTrue(consistent(size, root, now, now_root, decoded(proof["hashes"])))

        in_threads(4, ask)

    def test_proofs_go_on_after_a_restart(self):
        size, root = self.covered(self.newest)
        self.restart()
        now, now_root = self.covered(size)
        proof = self.expect(
            self.anonymous.get(f"/v1/ledger/proofs/consistency?from={size}&to={now}")
        )
        self.assertTrue(consistent(size, root, now, now_root, decoded(proof["hashes"])))
