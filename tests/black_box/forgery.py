"""What who holds a log's secret key can do: sign any history, whole in all that a signature covers."""

import base64
import hashlib
import pathlib
import sys

from harness import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import verify_export as verifier  # noqa: E402

BASE = verifier.point_of((4 * pow(5, -1, verifier.P) % verifier.P).to_bytes(32, "little"))


def encoded(point):
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Signer:
    """An Ed25519 key that signs notes (RFC 8032, 5.1.6)."""

    def __init__(self, name, seed):
        digest = hashlib.sha512(seed).digest()
        self.name, self.prefix = name, digest[32:]
        self.scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
        self.public = encoded(verifier.point_times(self.scalar, BASE))
        raw = b"\1" + self.public
        self.key_id = verifier.sha(name.encode(), b"\n", raw)[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{base64.b64encode(raw).decode()}"

    @classmethod
    def of_file(cls, path):
        """That of a data directory's log.key."""
        text = pathlib.Path(path).read_text().split("\n")[0].removeprefix("PRIVATE+KEY+")
        name, _, raw = text.split("+", 2)
        return cls(name, base64.b64decode(raw)[1:])

    def sign(self, text):
        number = int.from_bytes(hashlib.sha512(self.prefix + text).digest(), "little") % verifier.L
        r = encoded(verifier.point_times(number, BASE))
        h = int.from_bytes(hashlib.sha512(r + self.public + text).digest(), "little")
        return r + ((number + h * self.scalar) % verifier.L).to_bytes(32, "little")

    def line(self, text, more=b""):
        signature = self.key_id + self.sign(text.encode()) + more
        return f"\u2014 {self.name} {base64.b64encode(signature).decode()}\n"

    def checkpoint(self, size, root):
        text = f"{self.name}\n{size}\n{base64.b64encode(root).decode()}\n"
        return f"{text}\n{self.line(text)}"


def bundle_of(entries):
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def write_export(directory, entries, signer):
    """An export of these entries as a server would write it, by whose key one likes."""

    def write(path, data):
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(data)

    def write_tile(level, index, tile):
        write(verifier.tile_path(level, index, len(tile)), b"".join(tile))

    tree = verifier.Tree(write_tile)
    for begin in range(0, len(entries), 256):
        some = entries[begin : begin + 256]
        write(verifier.tile_path("entries", begin // 256, len(some)), bundle_of(some))
        for entry in some:
            tree.add(verifier.leaf_hash(entry))
    for tile in tree.last_tiles():
        write_tile(*tile)
    write("key", signer.vkey.encode() + b"\n")
    write("checkpoint", signer.checkpoint(tree.size, tree.root()).encode())
