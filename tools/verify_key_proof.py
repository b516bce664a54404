"""What verify_export.py does with files: receipts (C2SP tlog-proof), and proofs of a key's history.

A proof (GET /v1/keys/{id}/events?proof=true) holds the key's events, each with its way to the signed
root, and an event that has sealed the heads of all keys: the root of a tree over (key id, revision,
last seq, uses counted), a leaf a key, in their order. The key's own head shows that nothing was left
out up to that event; two heads that stand next to each other show that there is no key between them.
Whether a seal is true, only an export shows.
"""

import base64
import json
import re

from verify_export import (
    HEADS_SEALED,
    SIZE,
    Event,
    bytes_of,
    leaf_hash,
    open_checkpoint,
    read,
    require,
    sha,
    tip_of,
)

FILE_BYTES, RECEIPT_BYTES = 64 * 1024 * 1024, 512 * 1024
RECEIPT = re.compile(
    r"c2sp\.org/tlog-proof@v1\nextra ([!-~]+)\nindex ([0-9]+)\n((?:[!-~]+\n){0,63})\n(.+)", re.DOTALL
)
KEY_ID = re.compile("key_([0-7][0-9A-HJKMNP-TV-Z]{25})")
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


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


def verify_receipt(text, vkeys):
    parts = RECEIPT.fullmatch(text) if len(text) <= RECEIPT_BYTES else None
    require(parts and SIZE.fullmatch(parts[2]), "this is no receipt, or one without its entry")
    entry, index = bytes_of(parts[1]), int(parts[2])
    hashes = [bytes_of(line, 32) for line in parts[3].splitlines()]
    size, root, _ = open_checkpoint(parts[4], vkeys)
    led_to = root_by_inclusion(index, size, leaf_hash(entry), hashes)
    require(led_to == root, f"the entry is not at index {index} of the tree that was signed")
    text = base64.b64encode(root).decode()
    return f"event {index} stands in the log of {size} events, root {text}"


# Documents.
def object_of(pairs):
    require(len(dict(pairs)) == len(pairs), "a member stands twice in an object")
    return dict(pairs)


def number_of(text):
    """A number in its one spelling; any other stays a text, which is no number to who reads it."""
    return int(text) if len(text) < 20 and re.fullmatch("0|[1-9][0-9]*", text) else text


def member(document, name, kind):
    value = document.get(name)
    require(type(value) is kind, f"{name} is missing, or not of its kind")
    return value


def key_number(document):
    """The key that is named, as two numbers: 26 characters of Crockford's base 32."""
    text = member(document, "keyId", str)
    parts, number = KEY_ID.fullmatch(text), 0
    require(parts, f"{text!r} is no id of a key")
    for letter in parts[1]:
        number = number << 5 | BASE32.index(letter)
    return number >> 64, number & (2**64 - 1)


def hashes_of(document):
    return [bytes_of(text, 32) for text in member(document, "hashes", list)]


class KeyHistory:
    """Follows one key's events: what a seal says of it must be what they come to."""

    def __init__(self, key):
        self.key, self.revision, self.last, self.total, self.leaf = key, 0, 0, 0, b""

    def add(self, event, leaf):
        seq, before = event.seq, self.last  # all rows of an event name the event before it
        if event.stream == self.key:
            goes_on = event.revision == self.revision + 1 and event.previous == self.leaf
            require(goes_on, f"event {seq} does not continue the key's history")
            self.revision, self.last, self.leaf = event.revision, seq, leaf
        for key, count, total, previous in event.uses:
            if key == self.key:
                goes_on = previous == before and total == self.total + count
                require(goes_on, f"event {seq} does not continue the key's uses")
                self.total, self.last = total, seq
        speaks = self.last == seq and (before < seq or seq == 0)
        require(speaks, f"event {seq} does not speak of the key")

    def tip(self):
        return self.revision, self.last, self.total


class Bundle:
    """A proof of a key's history, whose checkpoint is good."""

    def __init__(self, document, vkeys):
        self.size, self.root, _ = open_checkpoint(member(document, "checkpoint", str), vkeys)
        self.items = member(document, "items", list)
        self.seal = member(document, "seal", dict)
        self.with_uses = member(document, "withUses", bool)
        self.name, self.key = document["keyId"], key_number(document)

    def proved(self, item):
        """An event that stands in the tree, and its leaf hash."""
        entry, seq = bytes_of(member(item, "entry", str)), member(item, "seq", int)
        led_to = root_by_inclusion(seq, self.size, leaf_hash(entry), hashes_of(item))
        require(led_to == self.root, f"event {seq} is not in the tree")
        event = Event(entry)
        require(event.seq == seq, f"event {seq} says that it is event {event.seq}")
        return event, leaf_hash(entry)

    def head(self, document, keys, root):
        """The key, place, and tip of a head that was sealed."""
        key, place = key_number(document), member(document, "position", int)
        tip = tuple(member(document, name, int) for name in ("revision", "lastSeq", "total"))
        led_to = root_by_inclusion(place, keys, leaf_hash(tip_of(key, *tip)), hashes_of(document))
        require(led_to == root, "a head is not among the sealed ones")
        return key, place, tip

    def verify(self):
        seal, _ = self.proved(self.seal)
        require(seal.kind == HEADS_SEALED, "the seal is no StreamHeadsSealed")
        keys, until, root = seal.keys, seal.until, seal.root
        require(until < seal.seq, f"event {seal.seq} seals heads of event {until}, not one before it")
        history, sealed, later = KeyHistory(self.key), None, 0
        for item in self.items:
            event, leaf = self.proved(item)
            if event.seq > until:
                sealed, later = sealed or history.tip(), later + 1
            history.add(event, leaf)
        sealed = sealed or history.tip()
        until = f"{until}; {later} of it are later than the seal" if later else until
        heads = [self.head(head, keys, root) for head in member(self.seal, "heads", list)]
        if sealed[0]:
            return self.whole(heads, sealed, until, len(self.items) - later)
        require(self.is_gap(heads, keys), "the heads do not show that there was no such key")
        return f"{self.name}: there was no such key up to event {until}"

    def whole(self, heads, shown, until, events):
        require([key for key, _, _ in heads] == [self.key], "the key's head is missing")
        tip = heads[0][2]
        is_whole = tip == shown if self.with_uses else tip[0] == shown[0]
        require(is_whole, "the history is not whole: the sealed head is another one")
        if self.with_uses:
            return f"{self.name}: {events} events, and no other up to event {until}"
        return f"{self.name}: {events} life-cycle events, uses not shown; sealed at event {until}"

    def is_gap(self, heads, keys):
        """Whether the heads stand around the key's place, and there is no room between them."""
        if len(heads) == 2:
            (before, place, _), (after, next_place, _) = heads
            return before < self.key < after and next_place == place + 1
        if len(heads) == 1:
            ((other, place, _),) = heads
            return self.key < other and place == 0 or other < self.key and place == keys - 1
        return not heads and keys == 0


def verify_bundle(text, vkeys):
    document = json.loads(text, object_pairs_hook=object_of, parse_int=number_of)
    return Bundle(document, vkeys).verify()


def verify_file(path, vkeys):
    text = read(path, FILE_BYTES).decode()
    if text.endswith("\n\n"):  # an editor's, behind the last one
        text = text[:-1]
    return (verify_bundle if text.startswith("{") else verify_receipt)(text, vkeys)
