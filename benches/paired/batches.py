#!/usr/bin/env python3
"""Writes one pre-encoded record batch (format v2) for each shape that the loads send.

    batches.py FOLDER RECORD_BYTES BATCH_BYTES CODEC …      (three words per shape; prints JSON)

Run by the interpreter that has `packages/requirements-benches.txt` (lz4, crc32c). Values are JSON lines out of a seeded
generator, so that lz4 finds what it finds in such data. BATCH_BYTES is the size before compression, as a producer fills
batches. LZ4 frames are as Java writes them: independent blocks of 64 KiB, no size of the content.
"""

import json
import random
import struct
import sys
import time
from pathlib import Path

import crc32c
import lz4.frame

HEADER = 61
ATTRIBUTES = {"none": 0, "lz4": 3}
TOWNS = ("Praha", "Brno", "Ostrava", "Plzen", "Liberec", "Olomouc", "Zlin", "Tabor")


def main():
    folder, shapes = Path(sys.argv[1]), sys.argv[2:]
    made = []
    for record_bytes, batch_bytes, codec in zip(shapes[::3], shapes[1::3], shapes[2::3]):
        path = folder / f"batch-{record_bytes}-{batch_bytes}-{codec}"
        batch, count, plain = encode(int(record_bytes), int(batch_bytes), codec)
        path.write_bytes(batch)
        made.append({"path": str(path), "records": count, "value_bytes": count * int(record_bytes), "bytes": len(batch),
                     "plain_bytes": plain})
    print(json.dumps(made))


def encode(record_bytes, batch_bytes, codec):
    """(the batch, how many records it has, its size before compression)"""
    chance, records = random.Random(record_bytes), []
    size = HEADER
    while True:
        encoded = record(len(records), value(chance, record_bytes))
        if size + len(encoded) > batch_bytes:
            break
        records.append(encoded)
        size += len(encoded)
    body = b"".join(records)
    if codec == "lz4":
        body = lz4.frame.compress(body, block_size=lz4.frame.BLOCKSIZE_MAX64KB, block_linked=False, store_size=False)
    now, count = int(time.time() * 1000), len(records)
    tail = struct.pack(">hiqqqhii", ATTRIBUTES[codec], count - 1, now, now, -1, -1, -1, count) + body
    return struct.pack(">qiibI", 0, len(tail) + 9, -1, 2, crc32c.crc32c(tail)) + tail, count, size


def value(chance, size):
    line = ""
    while len(line) < size:
        line += json.dumps({"id": chance.getrandbits(40), "town": chance.choice(TOWNS), "amount": round(chance.uniform(1, 9999), 2),
                            "token": f"{chance.getrandbits(64):016x}", "paid": chance.random() < 0.5})
    return line[:size].encode()


def record(delta, content):
    body = b"\0" + varint(0) + varint(delta) + varint(-1) + varint(len(content)) + content + varint(0)
    return varint(len(body)) + body


def varint(number):
    zigzag, encoded = number << 1 ^ number >> 31, bytearray()
    while zigzag > 0x7F:
        encoded.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes(encoded + bytes([zigzag]))


if __name__ == "__main__":
    main()
