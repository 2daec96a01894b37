"""kcat: librdkafka at a shell."""

import itertools
import json
import re
import signal
import subprocess
import threading

from clients.client import Client, Failed, Member, NotToBeHad, Record
from harness import packages, processes

FIELD, LINE = "\x1f", "\x1e"


class Kcat(Client):
    name = "kcat"
    engine = "librdkafka"
    snappy = "raw"
    carries_bytes = False

    def connect(self, address):
        self.address = address
        said = self._run("-V").decode()
        self.version = re.search(r"Version (\S+) \(.*(librdkafka \S+)", said).expand(r"\1 (\2)")

    def _run(self, *arguments, stdin=None):
        """kcat's stdout. It exits 0 where it only warns, so anything marked as an error on stderr counts too."""
        done = processes.run(self._command(*arguments), stdin=stdin, timeout=60)
        said = done.stderr.decode(errors="replace")
        if done.returncode or "ERROR" in said:
            raise Failed(f"kcat {' '.join(map(str, arguments))}: exit {done.returncode}, {said[-400:]}")
        return done.stdout

    def _command(self, *arguments):
        return [packages.kcat(), *(["-b", self.address] if arguments[0] != "-V" else []), *arguments]

    def produce(self, topic, records, codec="none", acks="all", idempotent=False):
        if any(record.timestamp is not None for record in records):
            raise NotToBeHad("kcat has no flag for timestamps")
        # One call has one partition and one set of headers; -Z makes every empty value null.
        for alike, run in itertools.groupby(records, key=lambda r: (r.partition, r.headers, r.key is None, r.value is None)):
            self._produce_alike(topic, alike, list(run), ["-z", codec, "-X", f"acks={acks}", "-X", f"enable.idempotence={idempotent}"])

    def _produce_alike(self, topic, alike, records, flags):
        partition, headers, keyless, valueless = alike
        flags += ["-p", str(partition)] if partition is not None else []
        flags += [] if keyless else ["-K", FIELD]
        flags += ["-Z"] if valueless else []
        for name, value in headers:
            flags += ["-H", name if value is None else f"{name}={value.decode()}"]
        lines = [(b"" if keyless else record.key + FIELD.encode()) + (record.value or b"") for record in records]
        if b"" in lines and not valueless:
            raise NotToBeHad("kcat skips empty lines")
        self._run("-P", "-t", topic, "-D", LINE, *flags, stdin=LINE.encode().join(lines))

    def read(self, topic, partition=None, start=0):
        where = ["-p", str(partition)] if partition is not None else []
        told = self._run("-C", "-t", topic, *where, "-o", str(start) if start else "beginning", "-e", "-q", "-J")
        return [_record(line) for line in told.splitlines()]

    def join(self, group, topic):
        return KcatMember(self._command("-G", group, "-J", "-u", "-X", "auto.offset.reset=earliest", "-X", "heartbeat.interval.ms=300",
                                        "-X", "session.timeout.ms=6000", topic))

    def offsets_at(self, topic, timestamp):
        asked = [word for p in range(self.partitions(topic)) for word in ("-t", f"{topic}:{p}:{timestamp}")]
        found = re.findall(r" \[(\d+)\] offset (-?\d+)", self._run("-Q", *asked).decode())
        return {int(p): int(offset) if int(offset) >= 0 else None for p, offset in found}

    def _metadata(self):
        return {topic["topic"]: topic for topic in json.loads(self._run("-L", "-J"))["topics"]}

    def topics(self):
        return set(self._metadata())

    def partitions(self, topic):
        told = self._metadata().get(topic)
        return len(told["partitions"]) if told else 0


class KcatMember(Member):
    """A kcat process in a group; its shares are what it reports on stderr."""

    def __init__(self, command):
        self.records, self.partitions = [], set()
        self.child = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.listeners = [threading.Thread(target=listen, daemon=True) for listen in (self._listen, self._overhear)]
        for listener in self.listeners:
            listener.start()

    def _listen(self):
        for line in self.child.stdout:
            self.records.append(_record(line))

    def _overhear(self):
        for line in self.child.stderr:
            told = re.search(r"rebalanced \(memberid [^)]*\): (assigned|revoked): ?(.*)", line.decode(errors="replace"))
            if told:
                named = {int(p) for p in re.findall(r"\[(\d+)\]", told[2])}
                self.partitions = named if told[1] == "assigned" else set()

    def share(self):
        return self.partitions

    def received(self):
        return list(self.records)

    def leave(self):
        processes.end(self.child, signal.SIGINT)
        for listener in self.listeners:
            listener.join()


def _record(line):
    told = json.loads(line)
    flat = told.get("headers", [])
    headers = tuple((name, None if value is None else value.encode()) for name, value in zip(flat[::2], flat[1::2]))
    return Record(_bytes(told["payload"]), _bytes(told["key"]), headers, told["ts"], told["partition"], told["offset"])


def _bytes(text):
    return None if text is None else text.encode()
