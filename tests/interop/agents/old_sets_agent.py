"""Writes, creates and reads the topics of `old_sets.py`: ADDRESS write TOPIC=FORMAT… | create TOPIC… | read TOPIC…"""

import sys

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic


def main(address, order, *topics):
    {"write": write, "create": create, "read": read}[order](address, topics)


def create(address, topics, configs=lambda _: {}):
    admin = AdminClient({"bootstrap.servers": address})
    for future in admin.create_topics([NewTopic(topic.partition("=")[0], 1, 1, config=configs(topic)) for topic in topics]).values():
        future.result(30)


def write(address, topics):
    create(address, topics, lambda topic: {"message.format.version": topic.partition("=")[2], "segment.bytes": "4000"})
    for topic in (topic.partition("=")[0] for topic in topics):
        for round_, codec in enumerate(["none", "gzip", "snappy", "lz4"] * 3):
            producer = Producer({"bootstrap.servers": address, "compression.type": codec, "linger.ms": 500})
            for number in range(round_ + 3):
                value = None if number == 1 else (b"%s %d " % (codec.encode(), number)) * (number + 1)
                key = None if number == 2 else b"key-%d" % number
                producer.produce(topic, value, key, timestamp=1_500_000_000_000 + round_ * 1000 + number)
            producer.flush(30)


def read(address, topics):
    consumer = Consumer({"bootstrap.servers": address, "group.id": "old-sets", "enable.auto.commit": False, "check.crcs": True})
    for topic in topics:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
        print(topic, low, high)
        for time in (0, 1_500_000_000_000, 1_500_000_004_002, 1_500_000_011_009, 1_600_000_000_000):
            print(topic, time, consumer.offsets_for_times([TopicPartition(topic, 0, time)], timeout=30)[0].offset)
        for start in (low, (low + high) // 2, high - 2):
            consumer.assign([TopicPartition(topic, 0, start)])
            offset = start - 1
            while offset < high - 1:
                record = consumer.poll(30)
                if record is None or record.error():
                    raise SystemExit(f"{topic} from {start}: {record and record.error()}")
                offset = record.offset()
                print(topic, offset, record.timestamp(), record.key(), record.value())
            consumer.unassign()
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
