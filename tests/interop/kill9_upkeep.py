"""kill -9 while compaction and retention run at their fastest: the part of `kill9.py` for topics that lose records in order.

Segments end after a fraction of a second, the cleaner and retention look for work many times a second, and files are
removed at once, so that a kill finds swaps and removals half done. Of each key the newest acknowledged record must be
there, or one that was sent after it; of a topic with retention everything that is young enough, without a gap. When the
producers have been heard out, nothing may be there that was not acknowledged, nor anywhere but where that was told.
"""

import random
import time
from collections import defaultdict

from clients.confluent import Confluent
from clients.hammer import Hammer
from clients.kafka_python import KafkaPython
from harness import brokers

ACKNOWLEDGEMENTS, PARTITIONS, THREADS, KEYS = 1000, 3, 2, 60
COMPACTED, SHORT_LIVED = "compacted", "short-lived"
RETENTION_SECONDS = 6
FASTEST = {
    "log.cleaner.backoff.ms": 10, "log.retention.check.interval.ms": 20, "log.initial.task.delay.ms": 0,
    "log.flush.offset.checkpoint.interval.ms": 100, "log.segment.delete.delay.ms": 5,
}
SEGMENTS = {"segment.ms": "150", "index.interval.bytes": "200", "file.delete.delay.ms": "5"}


class UpkeepTrial:
    def __init__(self, broker, folder, report):
        self.broker, self.report, self.told = broker, report, folder / "news"
        self.hammer, self.reader, admin = Hammer(), KafkaPython(), Confluent()
        self.acknowledged = {COMPACTED: {}, SHORT_LIVED: {}}  # topic → (partition, offset) → (value, timestamp)
        self.newest = {}  # (partition, key) → the number of the newest acknowledged record
        self.read_back = self.sent = 0
        self.hammer.connect(broker.address)
        admin.connect(broker.address)
        admin.create_topic(COMPACTED, PARTITIONS, {
            **SEGMENTS, "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "100"})
        admin.create_topic(SHORT_LIVED, PARTITIONS, {**SEGMENTS, "retention.ms": str(RETENTION_SECONDS * 1000)})
        admin.close()
        for topic, keys in ((COMPACTED, KEYS), (SHORT_LIVED, 0)):
            self.hammer.ask("begin", topic=topic, partitions=PARTITIONS, threads=THREADS, keys=keys)

    def round(self, number):
        self.hammer.ask("resume")
        counts = self.hammer.ask("kill", pid=self.broker.pid, after=random.randint(ACKNOWLEDGEMENTS, 3 * ACKNOWLEDGEMENTS))
        self.broker.kill()
        took, _ = brokers.seconds(self.broker.start)
        self.hammer.ask("pause")
        self._hear()
        wrong = [fault for topic in (COMPACTED, SHORT_LIVED) for fault in self._faults(topic)]
        self.report.note(f"round {number}: {counts}, back after {took:.2f} s, {self.sent} acknowledged so far, {self.read_back} read")
        if wrong:
            self.report.failed(f"round {number}", "what must be there is, and nothing else", "; ".join(wrong)[:2000])
        else:
            self.report.passed(f"round {number}", "what must be there is, and nothing else")

    def _hear(self):
        self.hammer.ask("news", path=str(self.told))
        for line in self.told.read_text().splitlines():
            topic, partition, offset, value, timestamp = line.split()
            self.acknowledged[topic][int(partition), int(offset)] = (value, int(timestamp))
            self.sent += 1
            if topic == COMPACTED:
                key = (int(partition), key_of(value))
                self.newest[key] = max(self.newest.get(key, -1), number_of(value))

    def _faults(self, topic):
        read = self._read(topic)
        self.read_back = len(read)
        acknowledged = self.acknowledged[topic]
        strange = [row for row in read if acknowledged.get(row[:2], ("", 0))[0] != row[2]]
        if strange:
            yield f"{topic}: {len(strange)} records are not what was acknowledged there, as {strange[:3]}"
        if len({row[:2] for row in read}) != len(read):
            yield f"{topic}: a record is there twice"
        yield from self._lost_keys(read) if topic == COMPACTED else self._lost_records(read)

    def _lost_keys(self, read):
        there = defaultdict(lambda: -1)
        for partition, _, value in read:
            key = (partition, key_of(value))
            there[key] = max(there[key], number_of(value))
        lost = [(key, number, there[key]) for key, number in self.newest.items() if there[key] < number]
        if lost:
            yield f"{COMPACTED}: {len(lost)} keys have not their newest value: {lost[:3]}"

    def _lost_records(self, read):
        first = {partition: min(offset for at, offset, _ in read if at == partition) for partition in {row[0] for row in read}}
        there = {row[:2] for row in read}
        horizon = time.time() * 1000 - RETENTION_SECONDS * 1000
        lost = [(place, row) for place, row in self.acknowledged[SHORT_LIVED].items() if place not in there
                and (row[1] >= horizon or place[1] > first.get(place[0], -1))]
        if lost:
            yield f"{SHORT_LIVED}: {len(lost)} records are gone before their time: {lost[:3]}"
        # What was deleted in order need not be looked at again.
        for place in [place for place in self.acknowledged[SHORT_LIVED] if place[1] < first.get(place[0], 0)]:
            del self.acknowledged[SHORT_LIVED][place]

    def _read(self, topic):
        self.reader.connect(self.broker.address)
        try:
            return [(record.partition, record.offset, record.value.decode()) for record in self.reader.read(topic)]
        finally:
            self.reader.close()


def key_of(value):
    producer, number = value.split("-")
    return f"{producer}-{int(number) % KEYS}"


def number_of(value):
    return int(value.split("-")[1])
