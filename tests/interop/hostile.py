#!/usr/bin/env python3
"""Bytes that no client sends, at the broker's port.

    tests/interop/hostile.py [--broker kavka|kafka] [--strings 1000] [--sockets 1000] [--seed N]

Random and truncated byte strings, frames that claim up to 2^31-1 bytes, and valid headers with random bodies for every
api key; then a thousand sockets that each announce 100 MB and send nothing. The broker must live, its memory must not
grow, and a healthy client must produce and fetch all the while. Memory is judged for kavka only (a JVM keeps what it
took), and the idle sockets are kavka's alone: Apache Kafka sets aside what a frame announces.
"""

import argparse
import random
import resource
import socket
import struct
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from clients.client import Record  # noqa: E402
from clients.confluent import Confluent  # noqa: E402
from harness import brokers, wire  # noqa: E402
from harness.processes import resident_bytes  # noqa: E402
from harness.report import Report  # noqa: E402

MB = 1 << 20
AFTER_STRINGS, FOR_SOCKETS = 8 * MB, 16 * MB
ANNOUNCED = 100_000_000  # below the 100 MiB that a broker takes
HARD = 2**31 - 1
SOFT_LIMIT = 1024  # of open files, as most machines give it
# What a length or a count can be mistaken about: int32, then compact (varint) forms.
LYING_NUMBERS = [struct.pack(">i", n) for n in (HARD, -1, -2**31, 1 << 24, 0)] + [b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x07", b"\x80\x80\x80\x08"]


def main():
    parser = argparse.ArgumentParser(description="Bytes that no client sends, at the broker's port.")
    parser.add_argument("--broker", default="kavka", choices=["kavka", "kafka"])
    parser.add_argument("--strings", type=int, default=1000)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    allow_open_files(SOFT_LIMIT)
    report, broker = Report(), brokers.named(arguments.broker)
    report.note(f"seed {arguments.seed}")
    allow_open_files(arguments.sockets + 500)
    try:
        with HealthyClient(broker.address) as client:
            trial = Trial(broker, client, report, random.Random(arguments.seed))
            trial.strings(arguments.strings)
            if arguments.broker == "kavka":
                trial.idle_sockets(arguments.sockets)
            trial.afterwards()
    except Exception as failed:
        report.failed("hostile", "the trial itself", repr(failed))
    finally:
        broker.close()
    return report.close()


def allow_open_files(count):
    """The soft limit, ours and that of what we start. The broker may raise what it was started with up to the hard
    limit, as a JVM does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


class Trial:
    def __init__(self, broker, client, report, chance):
        self.broker, self.client, self.report = broker, client, report
        self.bytes = HostileBytes(chance, wire.api_versions(broker.address))
        self.topics = {topic.name for topic in wire.metadata(broker.address)}

    def strings(self, count):
        self._send(count // 2)  # a warm-up, so that what every broker takes once is not counted
        self.client.await_rounds(5)
        before = resident_bytes(self.broker.pid)
        outcomes = self._send(count)
        self.client.await_rounds(5)
        self._memory(f"{count} hostile strings", before, AFTER_STRINGS)
        self.report.note(f"what they met: {outcomes}")
        self._judge("lives through hostile strings", self.broker.child.poll() is None, "the broker has ended")

    def _send(self, count):
        outcomes = {}
        for content in self.bytes.some(count):
            met = self._one(content)
            outcomes[met] = outcomes.get(met, 0) + 1
        return outcomes

    def _one(self, content):
        """Sends one string on a connection of its own, ends it or not, and waits a moment for what comes back."""
        try:
            with socket.create_connection(self._place(), timeout=5) as connection:
                connection.sendall(content)
                if self.bytes.chance.random() < 0.7:
                    connection.shutdown(socket.SHUT_WR)
                connection.settimeout(0.2)
                return "an answer" if connection.recv(1 << 16) else "a close"
        except TimeoutError:
            return "silence"
        except OSError:
            return "a reset"

    def _place(self):
        host, port = self.broker.address.rsplit(":", 1)
        return host, int(port)

    def idle_sockets(self, count):
        self.client.await_rounds(5)
        before = resident_bytes(self.broker.pid)
        with ExitStack() as open_:
            self._announce(count, open_)
            self._memory(f"{count} sockets that announce 100 MB each", before, FOR_SOCKETS)
            refused = self._announce(200, open_)
            self._judge(f"connections beyond the {SOFT_LIMIT} files that it started with", not refused, refused)
        self.client.await_rounds(5)

    def _announce(self, count, open_):
        for number in range(count):
            try:
                connection = open_.enter_context(socket.create_connection(self._place(), timeout=10))
                connection.sendall(struct.pack(">i", ANNOUNCED))
            except OSError as failed:
                return f"socket {number + 1} of {count}: {failed!r}"
        self.client.await_rounds(10)

    def afterwards(self):
        topics = {topic.name for topic in wire.metadata(self.broker.address)}
        self._judge("topics are as they were", topics >= self.topics, f"gone: {self.topics - topics}")
        self._judge("a healthy client works throughout", not self.client.errors, f"{self.client.errors[:2]}")
        self.report.note(f"the healthy client produced and fetched {self.client.rounds} times")

    def _memory(self, what, before, allowed):
        grown = resident_bytes(self.broker.pid) - before
        self.report.note(f"{what}: {before / MB:.1f} MB resident before, {grown / MB:+.1f} MB after")
        if self.broker.name == "kavka":
            self._judge(f"memory for {what}", grown <= allowed, f"{grown / MB:.1f} MB more than before, at most {allowed / MB:.0f}")

    def _judge(self, what, good, otherwise):
        if good:
            self.report.passed(self.broker.name, what)
        else:
            self.report.failed(self.broker.name, what, otherwise)


class HostileBytes:
    """A supply of strings, the same for the same seed."""

    def __init__(self, chance, served):
        self.chance, self.served = chance, served

    def some(self, count):
        kinds = [self.noise, self.truncated, self.lying_frame, self.random_body, self.lying_body, self.flipped]
        for number in range(count):
            yield kinds[number % len(kinds)](number)

    def noise(self, _):
        return self._random(self.chance.choice([0, 1, 3, 4, 5, 100, 4096]))

    def truncated(self, _):
        whole = self._valid()
        return whole[:self.chance.randrange(len(whole))]

    def lying_frame(self, _):
        claimed = self.chance.choice([HARD, HARD - 1, 104_857_600, 104_857_601, 1 << 24, -1, -2**31, 0, 1, 7])
        return struct.pack(">i", claimed) + self._random(self.chance.choice([0, 10, 2000]))

    def random_body(self, number):
        return self._headed(number, self._random(self.chance.choice([0, 1, 8, 64, 512, 5000])))

    def lying_body(self, number):
        """Mostly counts and lengths far beyond the bytes at hand."""
        pieces = [self.chance.choice(LYING_NUMBERS) if self.chance.random() < 0.6 else self._random(self.chance.randrange(4))
                  for _ in range(self.chance.randrange(1, 30))]
        return self._headed(number, b"".join(pieces))

    def flipped(self, _):
        """A valid request with some bytes changed behind its length."""
        changed = bytearray(self._valid())
        for _ in range(self.chance.randrange(1, 6)):
            changed[self.chance.randrange(4, len(changed))] = self.chance.randrange(256)
        return bytes(changed)

    def _headed(self, number, body):
        """A valid header: every api key in turn, mostly in a served version, in both header forms."""
        keys = [*self.served, max(self.served) + 1, 1000]
        key = keys[number // 6 % len(keys)]
        low, high = self.served.get(key, (0, 5))
        version = self.chance.randint(low, high) if self.chance.random() < 0.9 else self.chance.randint(-2, 40)
        return wire.frame(wire.request(key, version, number, body, flexible=self.chance.random() < 0.5))

    def _valid(self):
        fetch = (struct.pack(">iiiib", -1, 50, 1, 1 << 20, 0) + struct.pack(">i", 1) + wire.string("healthy")
                 + struct.pack(">iiqi", 1, 0, 0, 1 << 20))
        return wire.frame(self.chance.choice([
            wire.request(wire.API_VERSIONS, 0, 1, b""),
            wire.request(wire.METADATA, 12, 2, b"\x00\x00\x00\x00", flexible=True),
            wire.request(wire.FETCH, 4, 3, fetch)]))

    def _random(self, count):
        return self.chance.randbytes(count)


class HealthyClient:
    """Produces and fetches in a thread, round after round, and remembers what went wrong."""

    def __init__(self, address):
        self.client = Confluent()
        self.client.PATIENCE = 40
        self.client.connect(address)
        self.client.create_topic("healthy")
        self.rounds, self.errors, self.done = 0, [], threading.Event()
        self.thread = threading.Thread(target=self._work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.client.close()

    def _work(self):
        offset = 0
        while not self.done.is_set() and not self.errors:
            try:
                values = [b"%d-%d" % (self.rounds, i) for i in range(20)]
                self.client.produce("healthy", [Record(value) for value in values])
                read = [record.value for record in self.client.read("healthy", partition=0, start=offset)]
                if read != values:
                    raise ValueError(f"read {read} instead of {values}")
                offset += len(values)
                self.rounds += 1
            except Exception as failed:
                self.errors.append(f"round {self.rounds}: {failed!r}")

    def await_rounds(self, count):
        """Until so many more rounds have been done, or one has failed."""
        wanted, deadline = self.rounds + count, time.monotonic() + 60
        while self.rounds < wanted and not self.errors and time.monotonic() < deadline:
            time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
