"""The records behind the logs that `cleaner.py` has compacted twice: two rounds of them, the second on top of a first that was
compacted. Timestamps drive the rolls, so that small segments need no waiting.

    cleaner_agent.py ADDRESS 1|2 NOW     NOW in milliseconds, the same for both rounds
"""

import os
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

# In hours after the beginning of a round: weeks from now.
LATER = 60 * 24
HOUR, DAY = 3_600_000, 86_400_000
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
COMPACT = {"cleanup.policy": "compact", "segment.ms": "60000"}
# Markers have the broker's time; for their neighbours to roll segments, those must be later. And old producers are forgotten.
TIMELESS = {**COMPACT, "message.timestamp.after.max.ms": str(999 * DAY)}
BOTH = {"cleanup.policy": "compact,delete", "segment.ms": "60000", "retention.ms": "-1"}
TOPICS = {
    **{f"codec-{codec}": COMPACT for codec in CODECS},
    "no-horizon": {**COMPACT, "delete.retention.ms": "0"},
    "transactional": TIMELESS,
    "transactional-no-horizon": {**TIMELESS, "delete.retention.ms": "0"},
    "idempotent": TIMELESS,
    "without-keys": {**COMPACT, "cleanup.policy": "delete", "retention.ms": "-1"},
    "retained": BOTH,
    "begun-late": BOTH,
    "lagging": {**COMPACT, "min.compaction.lag.ms": str(15 * DAY)},
    "overdue": {**COMPACT, "min.cleanable.dirty.ratio": "1.0", "max.compaction.lag.ms": str(DAY)},
    "waiting": {**COMPACT, "min.cleanable.dirty.ratio": "1.0"},
    "wide": {"cleanup.policy": "compact", "segment.bytes": "1048576"},
    "stamped": {"cleanup.policy": "compact", "segment.ms": "1000", "message.timestamp.type": "LogAppendTime"},
}


class Work:
    def __init__(self, address, stage, now):
        self.address, self.stage = address, stage
        # The rounds are ten days apart.
        self.began = now - (40 - 10 * stage) * DAY
        self.admin = AdminClient({"bootstrap.servers": address})

    def producer(self, **settings):
        fixed = {"bootstrap.servers": self.address, "linger.ms": 5000, "enable.idempotence": False}
        return Producer({**fixed, **{name.replace("_", "."): value for name, value in settings.items()}})

    def batch(self, producer, topic, hour, records):
        """One batch: pairs of key and value, half a second apart."""
        for number, (key, value) in enumerate(records):
            producer.produce(topic, value, key, timestamp=self.began + hour * HOUR + 500 * number,
                             headers=[("number", b"%d" % number), ("none", None)][:number % 3])
        if producer.flush(30):
            raise RuntimeError(f"{topic}: not all was delivered")

    def several(self, producer, topic, first_hour=0, hours=6, keys=13):
        for hour in range(first_hour, first_hour + hours):
            for part in range(4):
                self.batch(producer, topic, hour, [pair(self.stage, hour, part, number, keys) for number in range(8)])

    def alter(self, topic, **values):
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic, {name.replace("_", "."): value for name, value in values.items()})
        for future in self.admin.alter_configs([resource]).values():
            future.result(30)


def pair(stage, hour, part, number, keys):
    count = hour * 32 + part * 8 + number
    value = None if count % 7 == 3 else b"stage %d, hour %d, part %d, number %d " % (stage, hour, part, number) * (1 + count % 3)
    return b"key-%d" % (count * 5 % keys), value


def main(address, stage, now):
    work = Work(address, stage, now)
    if stage == 1:
        for future in work.admin.create_topics([NewTopic(name, 1, 1, config=config) for name, config in TOPICS.items()]).values():
            future.result(30)
    plain(work)
    for topic in ("transactional", "transactional-no-horizon"):
        transactions(work, topic)
    idempotent(work)
    without_keys(work)
    deleting(work)
    wide(work)
    slowly(work)


def plain(work):
    for codec in CODECS:
        work.several(work.producer(compression_type=codec), f"codec-{codec}")
    producer = work.producer()
    work.several(producer, "no-horizon")
    for topic in ("overdue", "waiting"):
        if work.stage == 1:
            work.several(producer, topic)
    if work.stage == 1:
        work.several(producer, "lagging", hours=3)
        # Twenty days later: too young.
        work.several(producer, "lagging", first_hour=20 * 24, hours=3)


def transactions(work, topic):
    """Two producers in turn, and one that is left open; the second round begins with its end."""
    producers = [work.producer(transactional_id=f"{topic}-{name}", enable_idempotence=True, transaction_timeout_ms=900_000)
                 for name in ("a", "b", "open")]
    for producer in producers:
        producer.init_transactions(60)
    a, b, left_open = producers
    plain_producer = work.producer()
    for hour, (first, second) in enumerate([(True, False), (False, False), (True, True), (False, True)]):
        for producer in (a, b):
            producer.begin_transaction()
        for part in range(2):
            for producer in (a, b):
                work.batch(producer, topic, LATER + hour, [pair(work.stage, hour, part, number, 5) for number in range(3)])
        for producer, commits in ((a, first), (b, second)):
            (producer.commit_transaction if commits else producer.abort_transaction)(60)
    work.several(plain_producer, topic, first_hour=LATER + 5, hours=2, keys=5)
    left_open.begin_transaction()
    work.batch(left_open, topic, LATER + 8, [(b"key-1", b"never decided")])
    work.several(plain_producer, topic, first_hour=LATER + 9, hours=2, keys=5)
    KEPT.append(left_open)


# Producers whose transactions must not be ended by their going.
KEPT = []


def idempotent(work):
    for name in range(3):
        producer = work.producer(enable_idempotence=True, client_id=f"{name}")
        work.several(producer, "idempotent", first_hour=LATER + name * 2, hours=2, keys=3)
    work.several(work.producer(), "idempotent", first_hour=LATER + 7, hours=2, keys=3)


def without_keys(work):
    producer = work.producer()
    if work.stage == 1:
        for hour in range(3):
            work.batch(producer, "without-keys", hour, [(None, b"no key"), (b"key-1", b"%d" % hour), (None, b"none")])
            work.batch(producer, "without-keys", hour, [(None, b"only")])
        work.alter("without-keys", **{**COMPACT, "cleanup.policy": "compact"})
    work.several(producer, "without-keys", first_hour=4, hours=2)


def deleting(work):
    producer = work.producer()
    if work.stage == 1:
        for topic in ("retained", "begun-late"):
            work.several(producer, topic)
        for future in work.admin.delete_records([TopicPartition("begun-late", 0, 75)]).values():
            future.result(30)
    else:
        work.alter("retained", **{**BOTH, "retention.ms": str(DAY)})
        work.several(producer, "begun-late")


def wide(work):
    """More keys than fit the memory of a pass."""
    producer = work.producer(batch_num_messages=1000)
    for number in range(150_000 if work.stage == 1 else 60_000):
        key = number * 7 % 60_000
        producer.produce("wide", b"%d in stage %d" % (number, work.stage), b"key-%d" % key, timestamp=work.began + number)
        if number % 1000 == 999 and producer.flush(30):
            raise RuntimeError("wide: not all was delivered")


def slowly(work):
    """What has the broker's own time: records and committed offsets, with real seconds between the segments."""
    producer = work.producer()
    consumer = Consumer({"bootstrap.servers": work.address, "group.id": "slow", "enable.auto.commit": False})
    for second in range(3):
        for part in range(2):
            for number in range(3):
                producer.produce("stamped", b"%d %d %d" % (second, part, number), b"key-%d" % number)
            producer.flush(30)
            consumer.commit(offsets=[TopicPartition("stamped", 0, second * 10 + part)], asynchronous=False)
        if second == 0 and work.stage == 1:
            work.alter("__consumer_offsets", **{"cleanup.policy": "compact", "segment.ms": "1000"})
        time.sleep(1.2)
    producer.produce("stamped", b"last", b"key-0")
    producer.flush(30)
    consumer.commit(offsets=[TopicPartition("stamped", 0, 99)], asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.flush()
    # Not even a destructor may end the transactions that stay open.
    os._exit(0)
