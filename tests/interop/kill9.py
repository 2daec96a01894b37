#!/usr/bin/env python3
"""kill -9 of the broker while idempotent producers write, again and again.

    tests/interop/kill9.py [--broker kavka|kafka] [--rounds 3] [--upkeep]

Each round: new topics, configs, groups and commits; at least 1,000 acknowledgements; kill -9 with requests in flight;
a start on the same directory and port. Then an independent client must read every acknowledged record, once, in order
and at the offset that was told; and topics, configs, groups and committed offsets must be what they were. When the
producers have been heard out, nothing may be there that was not acknowledged.

`--upkeep`: what is written is compacted, and deleted as too old, as fast as the broker can all the while, see
`kill9_upkeep.py`.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import kill9_upkeep  # noqa: E402
from clients.client import Failed  # noqa: E402
from clients.confluent import Confluent  # noqa: E402
from clients.hammer import Hammer  # noqa: E402
from clients.kafka_python import KafkaPython  # noqa: E402
from harness import brokers, wire  # noqa: E402
from harness.processes import until  # noqa: E402
from harness.report import Report  # noqa: E402

TOPIC, PARTITIONS, THREADS, ACKNOWLEDGEMENTS = "hammered", 3, 3, 1000


def main():
    parser = argparse.ArgumentParser(description="kill -9 of the broker while idempotent producers write.")
    parser.add_argument("--broker", default="kavka", choices=["kavka", "kafka"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--upkeep", action="store_true", help="kavka only: compaction and retention at their fastest")
    arguments = parser.parse_args()
    report = Report()
    broker = brokers.Kavka(settings=kill9_upkeep.FASTEST).start() if arguments.upkeep else brokers.named(arguments.broker)
    try:
        with tempfile.TemporaryDirectory() as folder:
            kind = kill9_upkeep.UpkeepTrial if arguments.upkeep else Trial
            trial = kind(broker, Path(folder), report)
            for number in range(1, arguments.rounds + 1):
                trial.round(number)
    except Exception as failed:
        report.failed("kill -9", "the trial itself", repr(failed))
    finally:
        broker.close()
    return report.close()


class Trial:
    def __init__(self, broker, folder, report):
        self.broker, self.report, self.told = broker, report, folder / "acknowledged"
        self.hammer, self.admin, self.reader = Hammer(), None, KafkaPython()
        self.reader.PATIENCE = 600  # hundreds of thousands of records, in Python
        self.hammer.connect(broker.address)
        self._connect_admin()
        self.admin.create_topic(TOPIC, PARTITIONS)
        self.hammer.ask("begin", topic=TOPIC, partitions=PARTITIONS, threads=THREADS)
        self.hammer.ask("pause")

    def _connect_admin(self):
        """A new one for each broker process: librdkafka's admin client never finds a coordinator again that it lost."""
        if self.admin:
            self.admin.close()
        self.admin = Confluent()
        self.admin.connect(self.broker.address)

    def round(self, number):
        self._furnish(number)
        before = self._state()
        self.hammer.ask("resume")
        counts = self.hammer.ask("kill", pid=self.broker.pid, after=random.randint(ACKNOWLEDGEMENTS, 5 * ACKNOWLEDGEMENTS))
        self.broker.kill()
        self.hammer.ask("acknowledged", path=str(self.told))
        acknowledged = self._acknowledged()
        took, _ = brokers.seconds(self.broker.start)
        self._connect_admin()
        self.report.note(f"round {number}: {counts}, back after {took:.2f} s, {len(acknowledged)} acknowledged so far")

        self._check(number, "state is as before", lambda: self._changes_that_stay(before))
        self._check(number, "acknowledged records are there", lambda: faults(self._read(), acknowledged, complete=False))
        self._check(number, "producers go on", lambda: self.hammer.ask("pause"))
        self.hammer.ask("acknowledged", path=str(self.told))
        self._check(number, "and nothing else is", lambda: faults(self._read(), self._acknowledged(), complete=True))

    def _check(self, number, what, look):
        try:
            wrong = look()
        except Exception as failed:
            wrong = repr(failed)
        if wrong:
            self.report.failed(f"round {number}", what, wrong)
        else:
            self.report.passed(f"round {number}", what)

    def _furnish(self, number):
        """Something of each kind that must survive, and something that must stay away."""
        kept, gone = f"kept-{number}", f"gone-{number}"
        self.admin.create_topic(kept, number % 4 + 1, {"retention.ms": str(10**9 + number)})
        self.admin.set_config(kept, "max.message.bytes", str(500_000 + number))
        self.admin.create_topic(gone)
        self.admin.delete_topic(gone)
        self.admin.grow(kept, number % 4 + 2)
        self.admin.commit(f"group-{number}", TOPIC, {0: number, 2: 1000 + number})
        self.admin.commit("group-0", TOPIC, {1: number})
        self.admin.commit(f"gone-{number}", TOPIC, {0: 1})
        self.admin.delete_group(f"gone-{number}")

    def _state(self):
        """All that was made, as the admin client and the broker's metadata tell it."""
        topics = {topic.name: topic for topic in wire.metadata(self.broker.address) if topic.name != "__consumer_offsets"}
        kept = [name for name in topics if name.startswith("kept-")]
        groups = sorted(self.admin.groups())
        return {
            "topic ids": {name: topic.id.hex() for name, topic in topics.items()},
            "partitions": {name: sorted(topic.leaders) for name, topic in topics.items()},
            "configs": {name: self.admin.configs(name) for name in kept},
            "groups": {group: self.admin.describe_group(group).state for group in groups},
            "committed offsets": {group: self.admin.committed(group, TOPIC) for group in groups},
        }

    def _changes_that_stay(self, before):
        """Kafka loads its coordinators after it has begun to serve: groups may appear a little later."""
        changes = []

        def none():
            try:
                changes[:] = differences(before, self._state())
            except Failed as failed:
                changes[:] = [str(failed)]
            return not changes
        try:
            until(none, 20, "state as before", pause=0.2)
        except TimeoutError:
            return "; ".join(changes)[:1000]

    def _acknowledged(self):
        rows = (line.split() for line in self.told.read_text().splitlines())
        return {(int(partition), int(offset)): value for partition, offset, value in rows}

    def _read(self):
        """By a client of its own each time, which has seen nothing of the killed broker."""
        self.reader.connect(self.broker.address)
        try:
            return [(record.partition, record.offset, record.value.decode()) for record in self.reader.read(TOPIC)]
        finally:
            self.reader.close()


def differences(before, after):
    return [f"{kind}: {before[kind]} before, {after[kind]} after" for kind in before if before[kind] != after[kind]]


def faults(read, acknowledged, complete):
    """What is wrong with the records read. `complete`: all that is there has been acknowledged."""
    found = {(partition, offset): value for partition, offset, value in read}
    counted = Counter(value for _, _, value in read)
    missing = {place: value for place, value in acknowledged.items() if found.get(place) != value}
    repeated = [value for value, count in counted.items() if count > 1]
    wrong = []
    if missing:
        wrong.append(f"{len(missing)} acknowledged records are not at their offsets, as {list(missing.items())[:3]}")
    if repeated:
        wrong.append(f"{len(repeated)} records are there more than once, as {repeated[:3]}")
    if disorder := out_of_order(read):
        wrong.append(f"out of order: {disorder[:3]}")
    if complete and len(read) != len(acknowledged):
        wrong.append(f"{len(read)} records are there, {len(acknowledged)} were acknowledged")
    return "; ".join(wrong)


def out_of_order(read):
    """Places where a producer's records stand in another order than it sent them, within one partition."""
    last, wrong = defaultdict(lambda: -1), []
    for partition, offset, value in sorted(read):
        producer, number = map(int, value.split("-"))
        if number <= last[partition, producer]:
            wrong.append((partition, offset, value))
        last[partition, producer] = number
    return wrong


if __name__ == "__main__":
    sys.exit(main())
