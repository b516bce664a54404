"""The records of RocksDB's write-ahead log, and changes in them that their checksums do not show."""

import struct

BLOCK = 32 * 1024
HEADER = struct.Struct("<IHB")
FIRST_PARTS = (1, 2)  # of a record: whole, or its first part


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


CRC32C = list(_table())


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def parts(data):
    """Where each part of a record begins, how long its payload is, and of which kind it is."""
    at = 0
    while at + HEADER.size <= len(data):
        if BLOCK - at % BLOCK < HEADER.size:
            at += BLOCK - at % BLOCK
            continue
        _, length, kind = HEADER.unpack_from(data, at)
        yield at, length, kind
        at += HEADER.size + length


def record_starts(data):
    return [at for at, _, kind in parts(data) if kind in FIRST_PARTS]


def replaced(data, old, new):
    """The log with `new` in every place of `old`, which is as long; its checksums are right again."""
    changed = bytearray(data.replace(old, new))
    for at, length, kind in parts(data):
        payload = slice(at + HEADER.size, at + HEADER.size + length)
        if changed[payload] != data[payload]:
            HEADER.pack_into(changed, at, masked_crc(changed[at + 6 : payload.stop]), length, kind)
    return bytes(changed)
