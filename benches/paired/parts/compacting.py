"""Compaction of one log by each broker's cleaner: how long it takes, what memory it needs, and whether what is left is right.

Both clean copies of the same directory, one after the other, since a disk holds only so much. Nothing is dirty enough until
the topic's `min.cleanable.dirty.ratio` is lowered; the clock runs from there to the cleaner's checkpoint. Then the files are
read here, record by record, and compared with the last record of every key, which follows from how they were made.
KAVKA_COMPACTION_RECORDS sets how many records there are; there are a tenth as many keys.
"""

import array
import hashlib
import os
import re
import shutil
import struct
import time
from pathlib import Path

import topics
from contenders import ApacheKafka, Kavka
from harness import packages, processes, wire
from stopwatch import cpu_seconds

NAME = "compacting"
TOPIC = "compacted"
ALTER_CONFIGS = 33
CONFIGS = {"cleanup.policy": "compact", "segment.bytes": str(64 << 20), "min.cleanable.dirty.ratio": "1.0"}
CLEANER = {"log.cleaner.backoff.ms": 100}
RECORD_BYTES = 125


def measure(plan):
    count = int(os.environ.get("KAVKA_COMPACTION_RECORDS") or plan.pick(600_000, 2_000_000, 10_000_000))
    keys, load = count // 10, f"{count / 1e6:g} million records, {count / 1e7:g} million keys"
    plan.figures.note(NAME, "One partition, segments of 64 MiB, values of 100 bytes, not compressed. Every record that is left is "
                            "compared with the last one of its key.")
    with plan.load(NAME, load):
        origin = filled(plan, count, keys)
        try:
            hashes = {}
            for kind in (Kavka, ApacheKafka):
                hashes[kind.title] = one(plan, kind, origin, load, count, keys)
            same = len(set(hashes.values())) == 1
            plan.figures.note(NAME, f"{load}: the cleaned segments of both are {'the same bytes' if same else 'not the same bytes'}.")
        finally:
            shutil.rmtree(origin, ignore_errors=True)


def filled(plan, count, keys):
    """A directory of Apache's with the records, never cleaned."""
    broker = with_cleaner(ApacheKafka(folder=plan.folder / "origin"), {"log.cleaner.enable": "false"})
    try:
        broker.start()
        topics.create(broker, TOPIC, configs=CONFIGS)
        program = Path(__file__).parent.parent / "programs" / "keyed_produce.py"
        done = processes.run([packages.python(), program, broker.address, TOPIC, str(count), str(keys)], timeout=900)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace")[-800:])
        broker.stop()
    finally:
        broker.close()
    return plan.folder / "origin"


def with_cleaner(broker, settings):
    """The broker with settings of its cleaner."""
    if hasattr(broker, "overrides"):
        broker.overrides = [word for key, value in settings.items() for word in ("--override", f"{key}={value}")]
    else:
        broker.settings = {**broker.settings, **settings}
    return broker


def one(plan, kind, origin, load, count, keys):
    folder = plan.folder / "copy"
    shutil.copytree(origin / "data", folder / "data")
    try:
        broker = with_cleaner(kind(folder=folder), CLEANER)
        if isinstance(broker, ApacheKafka):
            properties = {**broker.properties(), "log.segment.delete.delay.ms": 600_000}
            (folder / "server.properties").write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        try:
            broker.start()
            seconds, cpu, before, memory = cleaned(broker)
            broker.stop()
        finally:
            broker.close()
        add = plan.figures.add
        add(NAME, load, "to the checkpoint", "s", kind.title, seconds)
        add(NAME, load, "CPU", "s", kind.title, cpu)
        add(NAME, load, "log read", "MB/s", kind.title, count * RECORD_BYTES / 1e6 / seconds)
        add(NAME, load, "resident before", "MB", kind.title, before / 1e6)
        add(NAME, load, "resident at most", "MB", kind.title, memory / 1e6)
        return check(folder / "data" / f"{TOPIC}-0", count, keys)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cleaned(broker):
    """Seconds, CPU seconds, and the memory before and at most."""
    checkpoint = broker.data_dir / "cleaner-offset-checkpoint"
    time.sleep(3)
    before, cpu = high_water(broker.pid), cpu_seconds(broker.pid)
    begun = time.monotonic()
    alter(broker, {**CONFIGS, "min.cleanable.dirty.ratio": "0.01"})

    def is_done():
        if not broker.runs:
            raise RuntimeError(f"{broker.title} ended: {broker.last_words()}")
        first_dirty = re.search(rf"^{TOPIC} 0 (\d+)$", checkpoint.read_text(), re.MULTILINE) if checkpoint.exists() else None
        return first_dirty and int(first_dirty[1]) > 0
    processes.until(is_done, 600, f"{broker.title} to clean", pause=0.01)
    return time.monotonic() - begun, cpu_seconds(broker.pid) - cpu, before, high_water(broker.pid)


def high_water(pid):
    """The most memory that a process has had."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def alter(broker, configs):
    """AlterConfigs version 0 of the topic."""
    words = b"".join(wire.string(word) for setting in configs.items() for word in setting)
    body = struct.pack(">ib", 1, 2) + wire.string(TOPIC) + struct.pack(">i", len(configs)) + words + b"\0"
    with wire.Connection(broker.address, timeout=40) as connection:
        answer = connection.ask(ALTER_CONFIGS, 0, body)
    answer.int32()
    answer.int32()
    error = answer.int16()
    if error:
        raise wire.Refused(f"AlterConfigs {TOPIC}", error)


def key_of(number, keys):
    return (number * 7919 + (number >> 7) * 104_729) % keys


def check(folder, count, keys):
    """Raises if anything is there that should not be, or the other way round; else a hash of what was cleaned."""
    segments = sorted(folder.glob("*.log"))
    end, digest = int(segments[-1].stem), hashlib.sha256()
    last = array.array("q", [-1]) * keys
    for number in range(end):
        last[key_of(number, keys)] = number
    found = 0
    for segment in segments:
        content = segment.read_bytes()
        if segment is not segments[-1]:
            digest.update(content)
        for offset, key, value in records(content):
            if value[:10] != b"%010d" % offset or key != b"key-%08d" % key_of(offset, keys):
                raise RuntimeError(f"{segment}: the record at {offset} is another: {key!r} {value[:10]!r}")
            if offset < end:
                found += 1
                if last[key_of(offset, keys)] != offset:
                    raise RuntimeError(f"{segment}: the record at {offset} is superseded by {last[key_of(offset, keys)]}")
            elif offset >= count:
                raise RuntimeError(f"{segment}: nothing was written at {offset}")
    wanted = sum(offset >= 0 for offset in last)
    if found != wanted:
        raise RuntimeError(f"{folder}: {found} records are left of {wanted} keys")
    return digest.hexdigest()


def records(content):
    """Offset, key and value of every record in uncompressed batches."""
    at = 0
    while at < len(content):
        base, length = struct.unpack_from(">qi", content, at)
        (left,) = struct.unpack_from(">i", content, at + 57)
        place = at + 61
        for _ in range(left):
            size, place = varint(content, place)
            end = place + size
            _, place = varint(content, place + 1)
            delta, place = varint(content, place)
            key_size, place = varint(content, place)
            key, place = content[place:place + key_size], place + key_size
            value_size, place = varint(content, place)
            yield base + delta, key, content[place:place + value_size]
            place = end
        at += 12 + length


def varint(content, at):
    number, shift = 0, 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 0x7f) << shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
        shift += 7
