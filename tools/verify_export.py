#!/usr/bin/env python3
"""Checks what a keyledger says of itself, without any of its code: Python's standard library only.

    verify_export.py [--key VKEY]... [--checkpoint KEPT]... DIRECTORY
        an export: its hashes, tree, signature, streams and seals. Without --key the key in the export is
        believed. KEPT is a checkpoint from another time: the export must hold what it covers.
    verify_export.py --key VKEY FILE...
        receipts, and proofs of keys' histories (verify_key_proof.py, which must lie beside this file)

The formats: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint and tlog-tiles; an entry is 8 bytes and a
canonical Cap'n Proto message. Exit code 0: all holds; 6: it does not; 2: it was asked wrongly.
"""

import argparse
import base64
import bisect
import hashlib
import os
import pathlib
import re
import stat
import struct
import sys

# More than a server writes, and than is read.
NOTE_BYTES, TILE_BYTES, BUNDLE_BYTES = 256 * 1024, 256 * 32, 256 * (2 + 65_535)


class Wrong(ValueError):
    """Something does not hold; the text says what and where."""


def require(holds, what):
    if not holds:
        raise Wrong(what)


def said(wrong):
    return str(wrong) if isinstance(wrong, (Wrong, OSError)) else f"{type(wrong).__name__}: {wrong}"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def read(path, limit):
    """A file's bytes. What is no file is not opened: a pipe would wait, a device has no end."""
    require(stat.S_ISREG(os.stat(path).st_mode), f"{path} is no regular file")
    with open(path, "rb") as file:
        data = file.read(limit + 1)
    require(len(data) <= limit, f"{path} is too long")
    return data


def bytes_of(text, size=None):
    """What base64 stands for, in its one spelling."""
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, f"{text}: not the spelling of base64")
    require(size in (None, len(data)), f"{text}: not of {size} bytes")
    return data


# Checkpoints: three lines or more, an empty one, and signatures.
NAME = r"([^\0-\x20\x7f-\xa0\s+]+)"
VKEY = re.compile(NAME + r"\+([0-9a-f]{8})\+([!-~]+)")
NOTE = re.compile(rf"((?:[^\0-\x1f]+\n){{3,}})\n((?:\u2014 {NAME} [!-~]+\n){{1,64}})")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


def key_of(vkey):
    """The name, key id and public key of a verifier key."""
    parts = VKEY.fullmatch(vkey)
    require(parts, f"{vkey!r} is no verifier key")
    name, key_id, raw = parts[1], bytes.fromhex(parts[2]), bytes_of(parts[3], 33)
    good = raw[0] == 1 and sha(name.encode(), b"\n", raw)[:4] == key_id
    require(good, f"{vkey} is no verifier key of a log")
    return name, key_id, raw[1:]


def open_checkpoint(note, vkeys):
    """Size, root and signers of a checkpoint that one of the keys has signed, and none has badly."""
    parts = NOTE.fullmatch(note)
    require(parts, "this is no checkpoint")
    origin, size, root = parts[1].split("\n")[:3]
    signers, signatures = [], []
    for line in parts[2].splitlines():
        _, name, text = line.split(" ")
        signatures.append((name, bytes_of(text)))
        require(len(signatures[-1][1]) >= 5, f"a signature of {name} is cut short")
    for name, key_id, public in map(key_of, vkeys):
        require(origin == name, f"a checkpoint of the log {origin}, not of {name}")
        for signer, data in signatures:
            if signer == name and data[:4] == key_id:
                good = len(data) == 68 and is_signed(public, data[4:], parts[1].encode())
                require(good, f"a bad signature by {name}+{key_id.hex()}")
                signers.append(f"{name}+{key_id.hex()}")
    require(signers, "the checkpoint has no signature by a known key")
    require(SIZE.fullmatch(size) and int(size) <= 2**62, f"{size}: no size")
    return int(size), bytes_of(root, 32), dict.fromkeys(signers)


# The tree.
def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def fold(nodes):
    """The root over these; who has no neighbour goes up as it is."""
    while len(nodes) > 1:
        pairs = zip(nodes[::2], nodes[1::2])
        above = [hashlib.sha256(b"\1" + left + right).digest() for left, right in pairs]
        nodes = above + nodes[len(nodes) & ~1 :]
    return nodes[0] if nodes else sha()


class Tree:
    """Grows by leaf hashes; `on_tile` gets the level, index and hashes of each tile that is full."""

    def __init__(self, on_tile=lambda *_: None):
        self.size, self.tiles, self.on_tile = 0, [[]], on_tile

    def add(self, leaf):
        self.size += 1
        self.tiles[0].append(leaf)
        level = 0
        while len(tile := self.tiles[level]) == 256:
            self.on_tile(level, (self.size >> 8 * (level + 1)) - 1, tile)
            self.tiles[level] = []
            level += 1
            if level == len(self.tiles):
                self.tiles.append([])
            self.tiles[level].append(fold(tile))

    def last_tiles(self):
        for level, tile in enumerate(self.tiles):
            if tile:
                yield level, self.size >> 8 * (level + 1), tile

    def root(self):
        rest = []
        for tile in self.tiles:
            rest = [fold(tile + rest)] if tile or rest else []
        return fold(rest)


# Entries: where event.capnp has what ties an event to others.
FRAME = b"KL\0\1\0\0\0\1"
ZEROS = (0,) * 8  # a struct has them behind its last number
KEY_STREAM, KEYS_USED, HEADS_SEALED = 1, 9, 14


class Message:
    """The words of an entry; what a struct in it lacks is zero, and no pointer leads out of it."""

    def __init__(self, entry):
        good = entry[:8] == FRAME and len(entry) > 8 and len(entry) % 8 == 0
        require(good, "is no event")
        self.entry, self.words = entry, struct.unpack(f"<{len(entry) // 8}Q", entry)

    def target(self, pointers, number, kind):
        """Where a pointer leads, and what else it says; nothing if it is null."""
        at = pointers[number] if number < len(pointers) else 0
        word = self.words[at] if at else 0
        if not word:
            return None
        require(word & 3 == kind, "has a pointer of another kind")
        offset = (word & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000 >> 2
        return at + 1 + offset, word >> 32

    def struct(self, pointers, number):
        found = self.target(pointers, number, 0)
        require(found, "has no body")
        return self.inside(found[0], found[1] & 0xFFFF, found[1] >> 16)

    def inside(self, begin, words, pointers):
        """A struct's numbers, and the places of its pointers."""
        middle, end = begin + words, begin + words + pointers
        require(1 <= begin and end <= len(self.words), "has a pointer that leads out of it")
        return self.words[begin:middle] + ZEROS, range(middle, end)

    def digest(self, pointers, number):
        if not (found := self.target(pointers, number, 1)):
            return b""
        begin, size = found
        good = size == 32 << 3 | 2 and 1 <= begin <= len(self.words) - 4
        require(good, "has a digest that is none")
        return self.entry[8 * begin : 8 * begin + 32]

    def rows(self, pointers, number):
        """The numbers of each struct in a list of them."""
        if not (found := self.target(pointers, number, 1)):
            return
        begin, size = found
        require(size & 7 == 7 and 1 <= begin < len(self.words), "has a list that is none")
        count, words, pointers = struct.unpack_from("<IHH", self.entry, 8 * begin)
        require(words + pointers, "has a list with rows of no size")
        for i in range(count >> 2):
            yield self.inside(begin + 1 + i * (words + pointers), words, pointers)[0]


class Event:
    """What an entry says of its place, its stream and the uses of keys, or of the heads it seals."""

    def __init__(self, entry):
        message = Message(entry)
        numbers, pointers = message.struct((1,), 0)
        self.seq, self.time, self.revision, kinds = numbers[0], *numbers[3:6]
        stream, self.kind = kinds >> 32 & 0xFF, kinds >> 48
        require(stream < 4, "is of an unknown stream")
        self.stream = numbers[6:8] if stream == KEY_STREAM else stream
        self.previous = message.digest(pointers, 1)
        self.uses = ()  # of each row: key, uses in it, uses so far, the key's event before
        if self.kind in (KEYS_USED, HEADS_SEALED):
            numbers, pointers = message.struct(pointers, 6)
        if self.kind == KEYS_USED:
            rows = message.rows(pointers, 0)
            self.uses = [(row[0:2], row[2] >> 32, row[5], row[6]) for row in rows]
        if self.kind == HEADS_SEALED:
            self.keys, self.until, self.root = *numbers[:2], message.digest(pointers, 0)


def tip_of(key, revision, last, total):
    """What a leaf of the tree of heads says of a key."""
    return struct.pack(">5Q", *key, revision, last, total)


class Heads:
    """The tree over the tips of all keys, in their order, as of an event; hashes only what changes."""

    def __init__(self):
        self.later = bytearray()  # tips that are in no tree yet, by their events
        self.keys, self.leaves, self.levels = [], {}, [[]]

    def root_at(self, seq):
        changed, seq_bytes = {}, seq.to_bytes(8, "big")
        end = 0
        while end < len(self.later) and self.later[end + 24 : end + 32] <= seq_bytes:
            changed[bytes(self.later[end : end + 16])] = self.later[end : end + 40]
            end += 40
        del self.later[:end]
        new = sorted(changed.keys() - self.leaves.keys())
        for key in new:
            bisect.insort(self.keys, key)
        self.leaves.update((key, leaf_hash(tip)) for key, tip in changed.items())
        dirty = {bisect.bisect_left(self.keys, key) for key in changed}
        if new:  # all that is behind has another place
            dirty.update(range(bisect.bisect_left(self.keys, new[0]), len(self.keys)))
        self.levels[0].extend([b""] * len(new))
        for i in dirty:
            self.levels[0][i] = self.leaves[self.keys[i]]
        for level, below in enumerate(self.levels):
            if len(below) < 2:
                return fold(below)
            if level + 1 == len(self.levels):
                self.levels.append([])
            above = self.levels[level + 1]
            above.extend([b""] * ((len(below) + 1) // 2 - len(above)))
            dirty = {i >> 1 for i in dirty}
            for i in dirty:
                above[i] = fold(below[2 * i : 2 * i + 2])


class Chains:
    """Holds each event to those before it: time, its stream, keys' uses, and seals of all heads."""

    def __init__(self):
        self.size, self.time, self.sealed = 0, 0, 0
        self.streams = {}  # revision and newest leaf
        self.uses = {}  # of a key: its newest event, the one before, and its uses
        self.heads = Heads()

    def add(self, entry, leaf):
        event, seq = Event(entry), self.size
        revision, previous = self.streams.get(event.stream, (0, b""))
        require(event.seq == seq, "says that it is another one")
        require(self.time <= event.time < 2**63, "is earlier than the one before it")
        goes_on = event.revision == revision + 1 and event.previous == previous
        require(goes_on, "does not continue its stream")
        self.size, self.time = seq + 1, event.time
        self.streams[event.stream] = event.revision, leaf
        if isinstance(event.stream, tuple):
            _, before, total = self.uses.get(event.stream, (0, 0, 0))
            self.set_uses(event.stream, seq, before, total)
        for use in event.uses:
            self.add_use(seq, *use)
        if event.kind == HEADS_SEALED:
            self.check_seal(seq, event)

    def add_use(self, seq, key, count, total, before):
        require(key in self.uses, "counts a key that was never created")
        last, older, counted = self.uses[key]
        last = older if last == seq else last  # all rows of an event name the event before it
        require(before == last, "hides an event of a key")
        require(total == counted + count, "counts a key's uses wrongly")
        self.set_uses(key, seq, before, total)

    def set_uses(self, key, seq, before, total):
        self.uses[key] = seq, before, total
        self.heads.later += tip_of(key, self.streams[key][0], seq, total)

    def check_seal(self, seq, event):
        require(self.sealed <= event.until < seq, "seals heads of an event that is not before it")
        root, self.sealed = self.heads.root_at(event.until), event.until
        good = event.keys == len(self.heads.keys) and event.root == root
        require(good, "seals other heads than there were")


# An export.
def tile_path(level, index, width):
    path = f"{index % 1000:03d}"
    while index := index // 1000:
        path = f"x{index % 1000:03d}/{path}"
    return f"tile/{level}/{path}" + (f".p/{width}" if width < 256 else "")


def entries_of(directory, size):
    for begin in range(0, size, 256):
        width = min(256, size - begin)
        path = directory / tile_path("entries", begin // 256, width)
        bundle, at = read(path, BUNDLE_BYTES), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            require(at + 2 <= len(bundle) and end <= len(bundle), f"{path} is cut short")
            yield bundle[at + 2 : end]
            at = end
        require(at == len(bundle), f"{path} holds more than {width} entries")


def trees_signed(directory, vkeys, kept):
    """The roots by their sizes, that of the export last, and who signed that one."""
    size, root, signers = open_checkpoint(read(directory / "checkpoint", NOTE_BYTES).decode(), vkeys)
    roots = {size: root}
    for path in kept:
        older, root, _ = open_checkpoint(read(path, NOTE_BYTES).decode(), vkeys)
        require(older <= size, f"event seq={size} is missing: {path} covers {older} events")
        require(roots.setdefault(older, root) == root, f"{path} is of another history")
    return dict(sorted(roots.items())), signers


def verify_export(directory, vkeys=(), kept=()):
    own_key = "" if vkeys else ", by the key in the export: compare it with one that you hold"
    vkeys = vkeys or read(directory / "key", NOTE_BYTES).decode().removesuffix("\n").split("\n")
    roots, signers = trees_signed(directory, vkeys, kept)
    missing = []

    def compare(level, index, tile):
        path = directory / tile_path(level, index, len(tile))
        if not os.path.lexists(path):
            missing.append(path)
        else:
            require(read(path, TILE_BYTES) == b"".join(tile), f"{path} is not of these entries")

    tree, chains, begin = Tree(compare), Chains(), 0
    entries = entries_of(directory, max(roots))
    for size, root in roots.items():
        for _ in range(begin, size):
            entry = next(entries)
            leaf = leaf_hash(entry)
            try:
                chains.add(entry, leaf)
            except Exception as wrong:
                raise Wrong(f"event {tree.size} {said(wrong)}") from wrong
            tree.add(leaf)
        require(tree.root() == root, f"the first {size} events are not those that were signed")
        begin = size
    next(entries, None)  # what is behind the last one
    for tile in tree.last_tiles():
        compare(*tile)
    lacks = f"; {len(missing)} tiles of hashes are missing, {missing[0]} first" if missing else ""
    held = f", {len(kept)} kept checkpoints hold" if kept else ""
    return (
        f"{tree.size} events in {len(chains.streams)} streams, root {base64.b64encode(root).decode()}{held}{lacks}; "
        f"signed by {', '.join(signers)}{own_key}"
    )


# Ed25519 (RFC 8032), slow and plain: for where the package `cryptography` is not installed.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def point_sum(p, q):
    product = D * p[0] * q[0] * p[1] * q[1]
    x = (p[0] * q[1] + q[0] * p[1]) * pow(1 + product, -1, P)
    y = (p[1] * q[1] + p[0] * q[0]) * pow(1 - product, -1, P)
    return x % P, y % P


def point_times(number, p):
    total = (0, 1)
    while number:
        total, p, number = point_sum(total, p) if number & 1 else total, point_sum(p, p), number >> 1
    return total


def point_of(data):
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    require(y < P and (x * x - square) % P == 0 and (x or not sign), "a point is not on the curve")
    return (x if x & 1 == sign else P - x), y


def is_signed_slowly(public, signature, text):
    base = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % L
    right = point_sum(point_of(signature[:32]), point_times(h, point_of(public)))
    return s < L and point_times(s, base) == right


def is_signed(public, signature, text):
    """Whether these 64 bytes are the key's signature of the text."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return is_signed_slowly(public, signature, text)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
        return True
    except Exception:  # InvalidSignature, or a key that is no point
        return False


def main(arguments):
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument("paths", nargs="+", type=pathlib.Path)
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--checkpoint", action="append", default=[], type=pathlib.Path)
    given = parser.parse_intermixed_args(arguments)
    directories = [path for path in given.paths if path.is_dir()]
    if directories and len(given.paths) > 1:
        parser.error("an export is checked alone")
    if directories:
        print("good:", verify_export(directories[0], given.key, given.checkpoint))
        return 0
    if not given.key or given.checkpoint:
        parser.error("receipts and proofs want --key, and no --checkpoint")
    from verify_key_proof import verify_file

    for path in given.paths:
        try:
            print(f"good: {path}:", verify_file(path, given.key))
        except Exception as wrong:
            raise Wrong(f"{path}: {said(wrong)}") from wrong
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as wrong:
        print(f"BAD: {said(wrong)}", file=sys.stderr)
        sys.exit(6)
