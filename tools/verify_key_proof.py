"""What verify_export.py needs for a proof of a key's history.

The proof holds the key's events, each with its way to the signed root, and an event that has sealed
the heads of all keys: the root of a tree over (key id, revision, last seq, checks counted), a leaf a
key, in their order. The key's own head shows that nothing was left out up to that event; two heads
that stand next to each other show that there is no key between them.
"""

import base64
import struct

from verify_export import (
    KEY_STREAM,
    KEYS_USED,
    Message,
    leaf_hash,
    open_checkpoint,
    require,
    root_by_inclusion,
)

HEADS_SEALED = 14
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def key_number(text):
    """A key's id as a number: 26 characters of Crockford's base 32."""
    number = 0
    for letter in text.removeprefix("key_"):
        number = number << 5 | BASE32.index(letter)
    return number


class KeyHistory:
    """Follows one key's events: what a seal says of it must be what they come to."""

    def __init__(self, key):
        self.key, self.revision, self.last, self.total, self.leaf = key, 0, 0, 0, b""

    def add(self, seq, entry):
        event = Message.at_pointer(entry, 8)
        require(event.number(0) == seq, f"event {seq} holds another seq")
        before = self.last  # all rows that one event has of the key name the event before it
        stream, kind = event.number(5) >> 32 & 0xFF, event.number(5) >> 48
        if stream == KEY_STREAM and event.number(6) << 64 | event.number(7) == self.key:
            goes_on = event.number(4) == self.revision + 1 and event.bytes(1) == self.leaf
            require(goes_on, f"event {seq} does not continue the key's history")
            self.revision, self.last, self.leaf = self.revision + 1, seq, leaf_hash(entry)
        for row in event.struct(6).list(0) if kind == KEYS_USED else ():
            if row.number(0) << 64 | row.number(1) == self.key:
                total = self.total + (row.number(2) >> 32)
                goes_on = row.number(6) == before and row.number(5) == total
                require(goes_on, f"event {seq} does not continue the key's uses")
                self.total, self.last = total, seq
        require(self.last == seq, f"event {seq} does not speak of the key")


def verify_bundle(bundle, vkeys):
    size, root = open_checkpoint(bundle["checkpoint"], vkeys)

    def proved(item):
        entry = base64.b64decode(item["entry"], validate=True)
        hashes = [base64.b64decode(text, validate=True) for text in item["hashes"]]
        led_to = root_by_inclusion(item["seq"], size, leaf_hash(entry), hashes)
        require(led_to == root, f"event {item['seq']} is not in the tree")
        return entry

    seal = Message.at_pointer(proved(bundle["seal"]), 8)
    require(seal.number(5) >> 48 == HEADS_SEALED, "the seal is no StreamHeadsSealed")
    body, key = seal.struct(6), key_number(bundle["keyId"])
    keys, until = body.number(0), body.number(1)
    history, then = KeyHistory(key), None
    for item in bundle["items"]:
        if item["seq"] > until and then is None:
            then = (history.revision, history.last, history.total)
        history.add(item["seq"], proved(item))
    then = then or (history.revision, history.last, history.total)
    heads = []
    for head in bundle["seal"]["heads"]:
        number = key_number(head["keyId"])
        numbers = (head["revision"], head["lastSeq"], head["total"])
        leaf = leaf_hash(number.to_bytes(16, "big") + struct.pack(">QQQ", *numbers))
        hashes = [base64.b64decode(text, validate=True) for text in head["hashes"]]
        led_to = root_by_inclusion(head["position"], keys, leaf, hashes)
        require(led_to == body.bytes(0), "a head is not among the sealed ones")
        heads.append((number, head["position"], numbers))
    if then[0]:
        require([number for number, _, _ in heads] == [key], "the key's head is missing")
        sealed = heads[0][2]
        whole = sealed == then if bundle["withUses"] else sealed[0] == then[0]
        require(whole, "the history is not whole: the sealed head is another one")
        return f"{bundle['keyId']}: {len(bundle['items'])} events, and no other up to {until}"
    if len(heads) == 2:
        (before, place, _), (after, next_place, _) = heads
        none = before < key < after and next_place == place + 1
    elif len(heads) == 1:
        (other, place, _), = heads
        none = key < other and place == 0 or other < key and place == keys - 1
    else:
        none = keys == 0
    require(none, "the heads do not show that there was no such key")
    return f"{bundle['keyId']}: there was no such key up to {until}"
