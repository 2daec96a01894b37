"""The work behind the files that `files.py` compares: every kind of batch that a producer with confluent-kafka leaves, in an
order that is the same every time. One batch for each flush; its records are a millisecond apart, since their times take more or
fewer bytes, the more so compressed. With `compaction` behind the address, a topic is written that a cleaner has to do with: keys
again and again, tombstones, and transactions that end either way."""

import itertools
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic

TIMES = itertools.count(int(time.time() * 1000) - 60_000)


def main(address):
    admin = AdminClient({"bootstrap.servers": address})
    for future in admin.create_topics([NewTopic(name, 1, 1) for name in ("written", "measured")]).values():
        future.result(30)
    plain(address)
    transactions(address)


def plain(address):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        producer = Producer({"bootstrap.servers": address, "compression.type": codec, "enable.idempotence": codec != "none",
                             "linger.ms": 1000})
        for number in range(3):
            producer.produce("written", b"%s-%d" % (codec.encode(), number) * 20, b"key-%d" % number, headers=[("h", b"1"), ("h", None)],
                             timestamp=next(TIMES))
        producer.produce("written", None, b"tombstone", timestamp=next(TIMES))
        producer.flush(30)


def transactions(address):
    producer = Producer({"bootstrap.servers": address, "transactional.id": "files", "linger.ms": 1000})
    producer.init_transactions(60)
    consumer = Consumer({"bootstrap.servers": address, "group.id": "files", "enable.auto.commit": False})
    consumer.assign([TopicPartition("written", 0, 0)])
    for number, commits in enumerate([True, False, True, True, False]):
        producer.begin_transaction()
        for index in range(number + 1):
            producer.produce("written", b"transaction %d, record %d" % (number, index), timestamp=next(TIMES))
        producer.flush(30)
        if number in (1, 2):
            offsets = [TopicPartition("written", 0, number, metadata=f"after {number}")]
            producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 60)
        (producer.commit_transaction if commits else producer.abort_transaction)(60)
    producer.begin_transaction()
    producer.commit_transaction(60)
    consumer.commit(offsets=[TopicPartition("written", 0, 7)], asynchronous=False)
    consumer.close()


COMPACTED = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.ms": "400", "delete.retention.ms": "600"}


def compaction(address):
    admin = AdminClient({"bootstrap.servers": address})
    broker = str(next(iter(admin.list_topics(timeout=30).brokers)))
    often = ConfigEntry("log.cleaner.backoff.ms", "200", incremental_operation=AlterConfigOpType.SET)
    soon = admin.incremental_alter_configs([ConfigResource(ConfigResource.Type.BROKER, broker, incremental_configs=[often])])
    created = admin.create_topics([NewTopic("compacted", 1, 1, config=COMPACTED)])
    for future in [*soon.values(), *created.values()]:
        future.result(30)
    for round_, codec in enumerate(("none", "gzip", "snappy", "lz4", "zstd")):
        plain = Producer({"bootstrap.servers": address, "compression.type": codec, "linger.ms": 1000})
        for number in range(40):
            plain.produce("compacted", None if number % 10 == round_ else b"%d of round %d" % (number, round_), b"key-%d" % (number % 20))
        plain.flush(30)
        producer = Producer({"bootstrap.servers": address, "transactional.id": f"compacted-{round_}", "compression.type": codec})
        producer.init_transactions(60)
        producer.begin_transaction()
        producer.produce("compacted", b"of a transaction", b"key-%d" % round_)
        (producer.abort_transaction if round_ % 2 else producer.commit_transaction)(60)
        time.sleep(0.6)


if __name__ == "__main__":
    began = time.monotonic()
    main(sys.argv[1])
    if sys.argv[2:] == ["compaction"]:
        compaction(sys.argv[1])
    print(f"done in {time.monotonic() - began:.1f} s")
