"""Records with keys that come again and again, in one partition: COUNT of them with KEYS different keys.

    keyed_produce.py ADDRESS TOPIC COUNT KEYS

What record N is follows from N alone (`parts/compacting.py` says the same again), so that what must be left of them is known.
"""

import sys

from confluent_kafka import Producer


def main(address, topic, count, keys):
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True, "linger.ms": 20, "batch.size": 65536,
                         "queue.buffering.max.messages": 1_000_000, "queue.buffering.max.kbytes": 262144})
    for number in range(count):
        key, value = b"key-%08d" % ((number * 7919 + (number >> 7) * 104_729) % keys), b"%010d" % number * 10
        while True:
            try:
                producer.produce(topic, value, key, 0)
                break
            except BufferError:
                producer.poll(0.05)
        if number % 10_000 == 0:
            producer.poll(0)
    left = producer.flush(300)
    if left:
        sys.exit(f"{left} records were not delivered")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
