#!/usr/bin/env python3
"""Checks what a keyledger says of itself, without any of its code: Python's standard library only.

    tools/verify_export.py DIRECTORY             an export: hashes, tree, signature, stream chains
    tools/verify_export.py --key VKEY FILE...    receipts (C2SP tlog-proof), and proofs of a key's
                                                 history (GET /v1/keys/{id}/events?proof=true)

The formats: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint, tlog-tiles and tlog-proof; an entry
is 8 bytes and a canonical Cap'n Proto message, of which a few numbers are read. Exit code 0 if all
holds, 6 if not.
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys


class Wrong(ValueError):
    """Something does not hold; the text says what and where."""


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def require(holds, what):
    if not holds:
        raise Wrong(what)


# Ed25519 (RFC 8032), slow and plain: for where the package `cryptography` is not installed.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point_sum(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(number, p):
    total = (0, 1, 1, 0)
    while number:
        total, p, number = point_sum(total, p) if number & 1 else total, point_sum(p, p), number >> 1
    return total


def point_of(data):
    y = int.from_bytes(data, "little") & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    require(y < P and (x * x - square) % P == 0, "a point is not on the curve")
    if x & 1 != data[31] >> 7:
        x = P - x
    return x, y, 1, x * y % P


def is_signed(public, signature, text):
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        base_y = 4 * pow(5, P - 2, P) % P
        r, a, s = signature[:32], point_of(public), int.from_bytes(signature[32:], "little")
        h = int.from_bytes(hashlib.sha512(r + public + text).digest(), "little") % L
        left = point_times(s, point_of(base_y.to_bytes(32, "little")))
        right = point_sum(point_of(r), point_times(h, a))
        return s < L and all(
            (left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1)
        )
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        return True
    except Exception:  # InvalidSignature, or a key that is no point
        return False


# Notes and checkpoints.
def key_of(vkey):
    """The name, key id and public key of a verifier key."""
    name, key_id, key = vkey.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    expected = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    require(raw[0] == 1 and len(raw) == 33 and key_id == expected, f"{vkey}: not a verifier key")
    return name, bytes.fromhex(key_id), raw[1:]


def open_checkpoint(note, vkeys):
    """The size and root of a checkpoint that one of the keys has signed, and none has badly."""
    require(note.endswith("\n"), "the checkpoint is cut short")
    text, _, signatures = note.removesuffix("\n").rpartition("\n\n")
    text += "\n"
    signed = False
    for name, key_id, public in map(key_of, vkeys):
        for line in signatures.split("\n"):
            mark, signer, signature = line.split(" ")
            raw = base64.b64decode(signature, validate=True)
            if mark == "\u2014" and signer == name and raw[:4] == key_id:
                require(is_signed(public, raw[4:], text.encode()), f"a bad signature by {name}")
                signed = True
        require(text.split("\n")[0] == name, f"a checkpoint of another log than {name}")
    require(signed, "the checkpoint has no signature by a known key")
    return int(text.split("\n")[1]), base64.b64decode(text.split("\n")[2], validate=True)


# The tree.
def leaf_hash(entry):
    return sha(b"\0", entry)


class Tree:
    """Grows by leaf hashes; holds the roots of its perfect subtrees, largest first."""

    def __init__(self):
        self.size, self.roots = 0, []

    def add(self, leaf):
        size, roots = self.size, self.roots
        while size & 1:
            leaf, size = hashlib.sha256(b"\1" + roots.pop() + leaf).digest(), size >> 1
        roots.append(leaf)
        self.size += 1

    def root(self):
        root = self.roots[-1] if self.roots else sha()
        for left in self.roots[-2::-1]:
            root = sha(b"\1", left, root)
        return root


def root_by_inclusion(index, size, leaf, hashes):
    """The root that the proof leads to (RFC 9162, 2.1.3.2)."""
    require(0 <= index < size, "the index is outside of the tree")
    last = size - 1
    for other in hashes:
        require(last > 0 and len(other) == 32, "the proof is too long")
        if index & 1 or index == last:
            leaf = sha(b"\1", other, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = sha(b"\1", leaf, other)
        index, last = index >> 1, last >> 1
    require(last == 0, "the proof is too short")
    return leaf


# Entries.
KEY_STREAM, KEYS_USED = 1, 9


class Message:
    """A struct of a canonical Cap'n Proto message of one segment; what it lacks is zero."""

    def __init__(self, data, at, words, pointers):
        self.data, self.at, self.words, self.pointers = data, at, words, pointers

    @classmethod
    def at_pointer(cls, data, at):
        low, words, pointers = struct.unpack_from("<iHH", data, at)
        return cls(data, at + 8 + (low >> 2) * 8, words, pointers)

    def number(self, word):
        return struct.unpack_from("<Q", self.data, self.at + 8 * word)[0] if word < self.words else 0

    def pointer(self, number):
        at = self.at + 8 * (self.words + number)
        there = number < self.pointers and self.data[at : at + 8] != bytes(8)
        return at if there else None

    def bytes(self, number):
        if (at := self.pointer(number)) is None:
            return b""
        low, size = struct.unpack_from("<iI", self.data, at)
        begin = at + 8 + (low >> 2) * 8
        return self.data[begin : begin + (size >> 3)]

    def struct(self, number):
        at = self.pointer(number)
        return Message(self.data, 0, 0, 0) if at is None else Message.at_pointer(self.data, at)

    def list(self, number):
        if (at := self.pointer(number)) is None:
            return
        begin = at + 8 + (struct.unpack_from("<i", self.data, at)[0] >> 2) * 8
        count, words, pointers = struct.unpack_from("<IHH", self.data, begin)
        for i in range(count >> 2):
            place = begin + 8 + i * 8 * (words + pointers)
            yield Message(self.data, place, words, pointers)


class Chains:
    """Holds each event to the one before it in its stream, and a key's uses to its last event."""

    def __init__(self):
        self.heads, self.totals, self.last = {}, {}, {}

    def add(self, seq, entry, leaf):
        require(entry[:4] == b"KL\0\1", f"event {seq} is no event")
        event = Message.at_pointer(entry, 8)
        kinds = event.number(5)
        stream = kinds >> 32 & 0xFF
        key = event.number(6) << 64 | event.number(7)
        revision, previous = self.heads.get((stream, key), (0, b""))
        require(event.number(0) == seq, f"event {seq} says that it is event {event.number(0)}")
        require(
            event.number(4) == revision + 1 and event.bytes(1) == previous,
            f"event {seq} does not continue its stream",
        )
        self.heads[stream, key] = revision + 1, leaf
        if stream == KEY_STREAM:
            self.last[key] = seq
        if kinds >> 48 == KEYS_USED:
            before = {}  # all rows that one event has of a key name the event before it
            for row in event.struct(6).list(0):
                self.add_use(seq, row, before)

    def add_use(self, seq, row, before):
        key = row.number(0) << 64 | row.number(1)
        last = before.setdefault(key, self.last.get(key))
        require(row.number(6) == last, f"event {seq} hides an event of a key")
        total = self.totals.get(key, 0) + (row.number(2) >> 32)
        require(row.number(5) == total, f"event {seq} counts a key's uses wrongly")
        self.totals[key], self.last[key] = total, seq


def bundle_path(index, width):
    path = f"{index % 1000:03d}"
    while index := index // 1000:
        path = f"x{index % 1000:03d}/{path}"
    return f"tile/entries/{path}" + (f".p/{width}" if width < 256 else "")


def entries_of(directory, size):
    for index in range((size + 255) // 256):
        path = bundle_path(index, min(256, size - index * 256))
        bundle, at = (directory / path).read_bytes(), 0
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            require(end <= len(bundle), f"{path} is cut short")
            yield bundle[at + 2 : end]
            at = end


def verify_export(directory):
    vkeys = (directory / "key").read_text().removesuffix("\n").split("\n")
    size, root = open_checkpoint((directory / "checkpoint").read_text(), vkeys)
    tree, chains = Tree(), Chains()
    for seq, entry in enumerate(entries_of(directory, size)):
        leaf = leaf_hash(entry)
        tree.add(leaf)
        chains.add(seq, entry, leaf)
    require(tree.size == size, f"{tree.size} entries, but the checkpoint says {size}")
    require(tree.root() == root, "the root of the entries is not that of the checkpoint")
    return f"{size} events in {len(chains.heads)} streams, root {root.hex()}"


def verify_receipt(text, vkeys):
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    require(lines.pop(0) == "c2sp.org/tlog-proof@v1", "not a receipt")
    require(lines[0].startswith("extra "), "the receipt does not hold its entry")
    entry = base64.b64decode(lines.pop(0)[6:], validate=True)
    index = int(lines.pop(0).removeprefix("index "))
    size, root = open_checkpoint(note, vkeys)
    hashes = [base64.b64decode(line, validate=True) for line in lines]
    require(root_by_inclusion(index, size, leaf_hash(entry), hashes) == root, "not in the tree")
    return f"event {index} stands in the log of {size} events, root {root.hex()}"


def verify_file(text, vkeys):
    if text.startswith("{"):
        import verify_key_proof

        return verify_key_proof.verify_bundle(json.loads(text), vkeys)
    return verify_receipt(text, vkeys)


def main(arguments):
    if len(arguments) == 1:
        print("good:", verify_export(pathlib.Path(arguments[0])))
    elif len(arguments) > 2 and arguments[0] == "--key":
        for path in arguments[2:]:
            print(f"good: {path}:", verify_file(pathlib.Path(path).read_text(), [arguments[1]]))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, ValueError, LookupError, TypeError, struct.error) as wrong:
        print(f"BAD: {wrong}", file=sys.stderr)
        sys.exit(6)
