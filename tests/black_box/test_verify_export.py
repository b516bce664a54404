"""tools/verify_export.py against exports, receipts and proofs that somebody forged."""

import base64
import json
import os
import shutil
import struct

from auditor import AuditCase, run_script
from forgery import Signer, bundle_of, write_export
from harness import eventually, run_program

import verify_export as verifier

USAGE = 2
SEQ, TIME, KINDS = 2, 5, 7  # words of an entry: its root struct begins in word 2


def put(entry, word, value):
    """The entry with another word."""
    return entry[: 8 * word] + struct.pack("<Q", value) + entry[8 * word + 8 :]


class ForgeryCase(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signer = Signer.of_file(cls.server.data / "log.key")
        cls.evil = Signer(cls.signer.name, b"e" * 32)
        cls.export = cls.server.directory / "export"
        case = cls("workspace")
        eventually(lambda: case.sealed_keys() >= 600, 10, "a seal over all keys")
        made = run_program("audit", "export", "--data", case.data, "--format", "tiles", "--to", cls.export)
        case.assertEqual(made.returncode, 0, made.stderr)
        size = int((cls.export / "checkpoint").read_text().split("\n")[1])
        cls.entries = list(verifier.entries_of(cls.export, size))

    def sealed_keys(self):
        """How many keys the newest seal that a checkpoint covers speaks of."""
        seals = self.root.get("/v1/events?type=StreamHeadsSealed&limit=1000").json["items"]
        size = self.checkpoint_size()
        return max((seal["data"]["keys"] for seal in seals if seal["seq"] < size), default=0)

    def setUp(self):
        self.forged = self.server.directory / f"forged-{self.id()}"

    def forge(self, entries, signer=None):
        shutil.rmtree(self.forged, ignore_errors=True)
        write_export(self.forged, entries, signer or self.signer)
        return self.forged

    def copy(self):
        shutil.rmtree(self.forged, ignore_errors=True)
        return shutil.copytree(self.export, self.forged)

    def both_bad(self, directory, *words):
        self.bad(run_program("audit", "verify", "--file", directory))
        self.bad(run_script(directory), "BAD: ", *words)

    def last_of(self, kind):
        seqs = [i for i, e in enumerate(self.entries) if verifier.Event(e).kind == kind]
        self.assertTrue(seqs)
        return seqs[-1]



class Keys(ForgeryCase):
    def test_a_forged_export_is_as_good_as_its_key_and_the_script_says_so(self):
        said = self.good(run_script(self.forge(self.entries[:-6], self.evil)))
        self.assertIn("by the key in the export: compare it with one that you hold", said)
        self.assertIn(f"{self.evil.name}+{self.evil.key_id.hex()}", said)
        for arguments in (("--key", self.vkey, self.forged), (self.forged, "--key", self.vkey)):
            self.bad(run_script(*arguments))
        for arguments in (("--key", self.vkey, self.export), (self.export, "--key", self.vkey)):
            said = self.good(run_script(*arguments))
            self.assertNotIn("in the export", said)
            self.assertIn(f"{self.signer.name}+{self.signer.key_id.hex()}", said)

    def test_a_key_may_be_given_twice_and_the_exports_own_is_not_read_then(self):
        (self.copy() / "key").write_text("nonsense\n")
        self.bad(run_script(self.forged))
        older = Signer(self.signer.name, b"o" * 32)
        self.good(run_script("--key", older.vkey, self.forged, "--key", self.vkey))
        self.bad(run_script("--key", Signer("other", b"o" * 32).vkey, "--key", self.vkey, self.forged))

    def test_what_is_no_key_is_said(self):
        name, key_id, raw = self.vkey.split("+", 2)
        for vkey in ("", "x", f"{name}+{key_id.upper()}+{raw}", f"{name}+00000000+{raw}",
                     self.vkey + "=", self.vkey + "\n", f"{name}+{key_id}+{raw[:-4]}"):
            self.bad(run_script("--key", vkey, self.export), "BAD: ")


class Kept(ForgeryCase):
    def kept(self, entries, signer=None):
        tree = verifier.Tree()
        for entry in entries:
            tree.add(verifier.leaf_hash(entry))
        path = self.server.directory / "kept"
        path.write_text((signer or self.signer).checkpoint(tree.size, tree.root()))
        return path

    def test_what_was_kept_is_in_the_export_or_it_is_bad(self):
        for size in (0, 1, 256, 300, len(self.entries)):
            kept = self.kept(self.entries[:size])
            self.good(run_script("--key", self.vkey, "--checkpoint", kept, self.export))
        newer = self.kept(self.entries)
        cut = self.forge(self.entries[:-1])
        self.bad(run_script("--key", self.vkey, cut, "--checkpoint", newer), "missing")
        for size in (7, 300, len(self.entries)):
            other = self.kept([b"other"] + self.entries[1:size])
            self.bad(run_script("--key", self.vkey, "--checkpoint", other, self.export))
        self.bad(run_script("--checkpoint", self.kept(self.entries[:9], self.evil), self.export))
        self.bad(run_script("--checkpoint", self.server.directory / "nowhere", self.export), "nowhere")

    def test_what_makes_no_sense_is_said(self):
        kept = self.kept(self.entries[:9])
        for arguments in (
            (), (kept,), (self.export, self.export), ("--key", self.vkey),
            ("--key", self.vkey, "--checkpoint", kept, kept), (self.export, "--other"),
            ("--key", self.vkey, self.export, kept),
        ):
            with self.subTest(arguments):
                result = run_script(*arguments)
                self.assertEqual((result.returncode, result.stdout), (USAGE, ""), result.stderr)


class Entries(ForgeryCase):
    def test_a_seal_that_hides_a_key_or_speaks_of_later_is_found(self):
        seq = self.last_of(verifier.HEADS_SEALED)
        entry = self.entries[seq]
        seal = verifier.Event(entry)
        self.good(run_script(self.forge(self.entries[: seq + 1])))
        message = verifier.Message(entry)
        _, pointers = message.struct((1,), 0)
        at = message.target(pointers, 6, 0)[0]
        for changed in (
            entry.replace(seal.root, b"\x11" * 32),
            put(entry, at, seal.keys - 1),
            *(put(entry, at + 1, until) for until in (seq, 10**15, 0)),
        ):
            self.assertNotEqual(changed, entry)
            self.bad(run_script(self.forge(self.entries[:seq] + [changed])), f"event {seq} seals")

    def test_an_event_that_keyledger_refuses_is_refused(self):
        seq = self.last_of(verifier.KEYS_USED)
        entry = self.entries[seq]
        message = verifier.Message(entry)
        _, pointers = message.struct((1,), 0)
        rows, _ = message.target(message.struct(pointers, 6)[1], 0, 1)
        changes = {
            "earlier": put(entry, TIME, 1),
            "before 1970": put(entry, TIME, 2**64 - 1),
            "another seq": put(entry, SEQ, seq + 1),
            "unknown stream": put(entry, KINDS, message.words[KINDS] | 4 << 32),
            "another frame": b"KL\0\1\0\0\0\2" + entry[8:],
            "half a word": entry + b"\0\0\0\0",
            "nothing": b"",
            "a frame alone": entry[:8],
            "rows of no size": put(entry, rows, 1 << 26),
            "many rows": put(entry, rows, message.words[rows] | 1 << 26),
        }
        for number in (1, 6):
            at = pointers[number]
            word = message.words[at]
            for name, other in (("far ahead", word ^ 1 << 30),
                                ("far back", word & ~0xFFFFFFFC | 2**32 - 4 * (at + 9)),
                                ("of another kind", word ^ 2), ("null", 0)):
                if other != word:  # where all uses were flushed at once, none is before them
                    changes[f"pointer {number} {name}"] = put(entry, at, other)
        for name, changed in changes.items():
            with self.subTest(name):
                self.both_bad(self.forge(self.entries[:seq] + [changed]), f"event {seq} ")

    def test_bundles_hold_as_many_entries_as_they_say(self):
        for begin, count in ((0, 255), (0, 257)):
            directory = self.copy()
            (directory / "tile/entries/000").write_bytes(bundle_of(self.entries[begin:count]))
            (directory / "tile/entries/001").write_bytes(bundle_of(self.entries[count:512]))
            self.both_bad(directory, "tile/entries/000")


class Files(ForgeryCase):
    def test_what_is_no_regular_file_is_named_and_not_opened(self):
        last = max((self.export / "tile/entries").glob("*.p/*")).relative_to(self.export)
        for name in ("key", "checkpoint", "tile/entries/000", last, "tile/0/000"):
            for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)):
                with self.subTest(name=name, make=make):
                    path = self.copy() / name
                    path.unlink()
                    make(path)
                    self.bad(run_script(self.forged), str(name), "no regular file")
        pipe = self.server.directory / "pipe"
        os.mkfifo(pipe)
        self.bad(run_script("--key", self.vkey, pipe), "pipe", "no regular file")
        self.bad(run_script("--key", self.vkey, "/dev/zero"), "/dev/zero")
        self.bad(run_script("--checkpoint", pipe, self.export), "pipe")

    def test_what_is_too_long_is_not_read(self):
        for name, size in (("checkpoint", 1 << 20), ("key", 1 << 20), ("tile/0/000", 8193),
                           ("tile/entries/000", 256 * 65_537 + 1)):
            os.truncate(self.copy() / name, size)
            self.bad(run_script(self.forged), "too long")

    def test_tiles_of_hashes_are_compared_where_they_are_there(self):
        tiles = [path for path in self.export.rglob("*") if path.is_file()
                 and "entries" not in path.parts and "tile" in path.parts]
        self.assertGreater(len(tiles), 3)
        for tile in tiles:
            path = self.copy() / tile.relative_to(self.export)
            data = path.read_bytes()
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            self.both_bad(self.forged, str(tile.relative_to(self.export)))
        shutil.rmtree(self.copy() / "tile/0")
        self.assertIn("tiles of hashes are missing", self.good(run_script(self.forged)))
        self.assertNotIn("missing", self.good(run_script(self.export)))

    def test_a_note_has_one_spelling(self):
        note = (self.export / "checkpoint").read_text()
        text, signature = note.split("\n\n")
        text += "\n"
        raw = base64.b64decode(signature.split(" ")[2])
        size = text.split("\n")[1]

        def line(data, mark="\u2014", name=self.signer.name):
            return f"{mark} {name} {base64.b64encode(data).decode()}\n"

        def signed(text):
            return f"{text}\n{self.signer.line(text)}"

        for name, changed in {
            "CRLF": note.replace("\n", "\r\n"),
            "cut": note[:-1],
            "more": note + "\n",
            "NUL": signed(text + "\0\n"),
            "padding": note.replace(signature, signature[:-2] + "==\n"),
            "last bits": text + "\n" + self.last_bits(signature),
            "long signature": text + "\n" + line(raw + bytes(8)),
            "short signature": text + "\n" + line(raw[:24]),
            "hyphen": text + "\n" + line(raw, mark="-"),
            "a bad one of a known key": note + line(raw[:4] + b"x" * 64),
            "an unknown short one": note + line(b"abcd", name="other"),
            "many": note + line(b"abcdefgh", name="other") * 400,
            "a name with a space": note + line(b"abcdefgh", name="a b"),
            "a name with a plus": note + line(b"abcdefgh", name="a+b"),
            "size with zero": signed(text.replace(f"\n{size}\n", f"\n0{size}\n")),
            "size with sign": signed(text.replace(f"\n{size}\n", f"\n+{size}\n")),
            "size in other digits": signed(text.replace(f"\n{size}\n", "\n\u0665\n")),
            "size beyond": signed(text.replace(f"\n{size}\n", f"\n{2**63}\n")),
            "no root": signed("\n".join(text.split("\n")[:2]) + "\n"),
            "short root": signed("\n".join(text.split("\n")[:2]) + "\nAAAA\n"),
            "empty": "",
        }.items():
            with self.subTest(name):
                (self.copy() / "checkpoint").write_bytes(changed.encode())
                self.both_bad(self.forged)
                if "signature" in name or "known key" in name:
                    self.bad(run_script(self.forged, hide_cryptography=True))
        (self.copy() / "checkpoint").write_text(note + line(b"abcdefgh", name="other") * 20)
        self.good(run_script(self.forged))
        (self.forged / "key").write_bytes((self.forged / "key").read_bytes().replace(b"\n", b"\r\n"))
        self.bad(run_script(self.forged))

    def last_bits(self, signature):
        """The same bytes in base64 whose unused bits are not zero."""
        text = signature.rstrip("\n")
        at = len(text.rstrip("=")) - 1
        self.assertLess(at, len(text) - 1)
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return f"{text[:at]}{alphabet[alphabet.index(text[at]) | 1]}{text[at + 1 :]}\n"


class Documents(ForgeryCase):
    def refused(self, text):
        path = self.server.directory / "document"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = run_script("--key", self.vkey, path)
        self.bad(result, "BAD: ")
        self.assertNotIn("Traceback", result.stderr)

    def test_a_receipt_has_one_spelling(self):
        seq = self.used.document["seq"]
        receipt = self.answer_of_200(f"/v1/ledger/receipts/{seq}").body.decode()
        first, extra, index, hashes = receipt.split("\n", 3)
        for other in (f"+{seq}", f"0{seq}", f" {seq}", f"{seq} ", f"{seq}\0", f"0_{seq}", "-1", "",
                      str(2**64 + seq), "\u0665", "9" * 5000):
            with self.subTest(index=other):
                self.refused(f"{first}\n{extra}\nindex {other}\n{hashes}")
        for name, text in {
            "CRLF": receipt.replace("\n", "\r\n"),
            "no word": receipt.replace(index, str(seq)),
            "two extras": f"{first}\n{extra}\n{extra}\n{index}\n{hashes}",
            "no extra": f"{first}\n{index}\n{hashes}",
            "padding": f"{first}\n{extra}====\n{index}\n{hashes}",
            "short hash": f"{first}\n{extra}\n{index}\nAAAA\n{hashes}",
            "behind": receipt + "x",
            "no UTF-8": receipt.encode() + b"\xff",
            "long": receipt + "x" * (1 << 20),
        }.items():
            with self.subTest(name):
                self.refused(text)

    def test_one_newline_behind_a_receipt_is_no_part_of_it(self):
        path = self.server.directory / "edited"
        text = self.answer_of_200(f"/v1/ledger/receipts/{self.used.document['seq']}").body
        for newlines, status in ((b"\n", 0), (b"\n\n", 6)):
            with self.subTest(newlines):
                path.write_bytes(text + newlines)
                for result in (run_program("audit", "verify-receipt", "--key", self.vkey, path),
                               run_program("audit", "verify", "--key", self.vkey, "--file", path)):
                    self.assertEqual(result.returncode, status, result.stderr)
                self.assertEqual(run_script("--key", self.vkey, path).returncode == 0, status == 0)

    def test_a_proof_has_one_spelling(self):
        proof = self.answer_of_200(f"/v1/keys/{self.used.id}/events?proof=true&uses=true").json
        text, head = json.dumps(proof), proof["seal"]["heads"][0]
        with_head = lambda **changed: json.dumps(  # noqa: E731
            proof | {"seal": proof["seal"] | {"heads": [head | changed]}})
        for key_id in (self.used.id[4:], "key_" + self.used.id, "key_0000" + self.used.id[4:],
                       "key_" + self.used.id[4:].lstrip("0"), "key_" + "Z" * 26, "key_", None, 5):
            with self.subTest(key_id=key_id):
                self.refused(json.dumps(proof | {"keyId": key_id}))
                self.refused(with_head(keyId=key_id))
        for number in (2**70, -1, float(head["revision"]), str(head["revision"]), None, True):
            with self.subTest(revision=number):
                self.refused(with_head(revision=number))
        for name, changed in {
            "doubled member": f'{text[:-1]}, "keyId": "{self.used.id}"}}',
            "deep": '{"a":' + "[" * 200_000 + "]" * 200_000 + "}",
            "behind": text + " x",
            "not finite": with_head().replace('"revision": ', '"revision": Infinity, "r": ', 1),
            "minus zero": with_head().replace('"position": 0', '"position": -0', 1),
            "huge": with_head().replace('"revision": ', '"revision": 1' + "0" * 5000, 1),
            "empty": "{}", "a list": "{[]}", "no UTF-8": text.encode() + b"\xff",
            "no items": json.dumps(proof | {"items": None}),
            "no seal": json.dumps(proof | {"seal": None}),
            "uses by a word": json.dumps(proof | {"withUses": "false"}),
            "a checkpoint of another kind": json.dumps(proof | {"checkpoint": 1}),
            "items of another kind": json.dumps(proof | {"items": [1, None, "x"]}),
        }.items():
            if changed == with_head():
                continue  # the head is not where this would be another spelling
            with self.subTest(name):
                self.refused(changed)

    def test_a_proof_without_uses_does_not_say_that_it_is_whole(self):
        path = self.server.directory / "document"
        for query, words in (("", "life-cycle events, uses not shown"), ("&uses=true", "and no other")):
            answer = self.answer_of_200(f"/v1/keys/{self.used.id}/events?proof=true{query}")
            path.write_bytes(answer.body)
            said = self.good(run_script("--key", self.vkey, path))
            self.assertIn(words, said)
            self.assertEqual("no other" in said, query != "")

    def test_a_seal_of_a_proof_speaks_of_an_event_before_it(self):
        seq = self.last_of(verifier.HEADS_SEALED)
        entry = self.entries[seq]
        message = verifier.Message(entry)
        entry = put(entry, message.target(message.struct((1,), 0)[1], 6, 0)[0] + 1, seq)
        proof = self.answer_of_200(f"/v1/keys/{self.used.id}/events?proof=true").json
        entries, item = self.entries[:seq] + [entry], proof["items"][0]
        leaves = [verifier.leaf_hash(entry) for entry in entries]
        encoded = lambda hashes: [base64.b64encode(h).decode() for h in hashes]  # noqa: E731
        items = [item | {"hashes": encoded(path_of(leaves, item["seq"]))} for item in proof["items"]]
        seal = proof["seal"] | {"seq": seq, "entry": base64.b64encode(entry).decode(),
                                "hashes": encoded(path_of(leaves, seq))}
        note = self.signer.checkpoint(len(leaves), verifier.fold(leaves))
        self.refused(json.dumps(proof | {"items": items, "seal": seal, "checkpoint": note}))
        result = run_script("--key", self.vkey, self.server.directory / "document")
        self.assertIn("not one before it", result.stderr)


def path_of(leaves, index):
    """RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = leaves[:middle], leaves[middle:]
    if index < middle:
        return path_of(left, index) + [verifier.fold(right)]
    return path_of(right, index - middle) + [verifier.fold(left)]
