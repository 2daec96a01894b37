"""Feeds a topic evenly until it is interrupted, by an idempotent producer of confluent-kafka that never gives up: the numbers
from 0 on, each in the partition and with the key that it determines. Arguments: address, topic, partitions, records a second.

It tells {"fed": count} from time to time, of what was acknowledged, and at its end when all is.
"""

import json
import signal
import sys
import threading
import time

from confluent_kafka import Producer

KEYS = 4  # in a partition


def main(address, topic, partitions, rate):
    ending, acknowledged, errors = threading.Event(), [], []
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True, "message.timeout.ms": 0, "linger.ms": 5,
                         "reconnect.backoff.max.ms": 500})

    def delivered(error, _):
        (errors if error else acknowledged).append(error)
    begun, sent = time.monotonic(), 0
    while not ending.is_set():
        due = int((time.monotonic() - begun) * rate)
        for number in range(sent, due):
            key = str(number % (KEYS * partitions))
            producer.produce(topic, str(number), key=key, partition=number % partitions, on_delivery=delivered)
        sent = max(sent, due)
        producer.poll(0.05)
        print(json.dumps({"fed": len(acknowledged)}), flush=True)
    left = producer.flush(60)
    print(json.dumps({"fed": len(acknowledged)}), flush=True)
    return bool(left or errors)


sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
