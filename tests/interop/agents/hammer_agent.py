"""Idempotent producers that never stop, for `kill9.py`: confluent-kafka with acks=all, a few threads, each with a
producer of its own and many batches in flight. It is also the one who kills, so that the counts are of that moment."""

import json
import os
import signal
import sys
import threading
import time

from confluent_kafka import Producer

import serve

IN_FLIGHT_AT_MOST = 1500  # records of one producer: enough for several batches to every partition


class Agent:
    def __init__(self, address):
        self.address = address
        self.producers = []
        self.at_last_kill = 0

    def goodbye(self):
        self.pause()

    def hello(self):
        return "hammer"

    def begin(self, topic, partitions, threads, keys=0):
        """With `keys`, each producer's records have so many, one after the other; no key goes to two partitions."""
        self.producers += [Hammer(self.address, topic, partitions, number, keys) for number in range(threads)]

    def kill(self, pid, after):
        """kill -9 as soon as so many records have been acknowledged since the last kill, with requests in flight. From
        then on only what is in flight is sent again."""
        before = self.at_last_kill
        deadline = time.monotonic() + 60
        while self._acknowledged() - before < after or not self._waiting():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._acknowledged() - before} acknowledgements within 60 s, wanted {after}; {self._errors()}")
            time.sleep(0.001)
        unanswered, acknowledged = sum(h.unanswered() for h in self.producers), self._acknowledged()
        requests = self._waiting()
        os.kill(pid, signal.SIGKILL)
        self._rest()
        self.at_last_kill = acknowledged
        return {"acknowledged": acknowledged - before, "records in flight": unanswered, "requests in flight": requests}

    def pause(self):
        """Sends nothing new, and waits until everything sent has been acknowledged."""
        self._rest()
        left = sum(hammer.producer.flush(60) for hammer in self.producers)
        if left or self._errors():
            raise RuntimeError(f"{left} records without an answer within 60 s; errors: {self._errors()}")

    def _rest(self):
        for hammer in self.producers:
            hammer.resting.set()

    def resume(self):
        for hammer in self.producers:
            hammer.resting.clear()

    def counted(self):
        """How many records have been acknowledged so far."""
        return self._acknowledged()

    def refusal(self, topic, partition):
        """What a producer is told that does not try again; None if its record is taken."""
        told = []
        producer = Producer({"bootstrap.servers": self.address, "retries": 0, "message.timeout.ms": 10_000})
        producer.produce(topic, "0" * 500, partition=partition, on_delivery=lambda error, _: told.append(error and error.name()))
        producer.flush(15)
        return told[0] if told else "no answer"

    def acknowledged(self, path):
        """Writes every acknowledged record as `partition offset value`; returns how many."""
        rows = [row for hammer in self.producers for row in hammer.acknowledged[:]]
        with open(path, "w") as out:
            out.writelines(f"{partition} {offset} {value}\n" for partition, offset, value in rows)
        return len(rows)

    def news(self, path):
        """Writes what has been acknowledged since it was last asked, as `topic partition offset value timestamp`."""
        with open(path, "w") as out:
            for hammer in self.producers:
                rows = hammer.acknowledged[hammer.told:]
                hammer.told += len(rows)
                times = hammer.times[hammer.told - len(rows):hammer.told]
                out.writelines(f"{hammer.topic} {partition} {offset} {value} {time}\n"
                               for (partition, offset, value), time in zip(rows, times))

    def _acknowledged(self):
        return sum(len(hammer.acknowledged) for hammer in self.producers)

    def _waiting(self):
        return sum(hammer.requests for hammer in self.producers)

    def _errors(self):
        return [error for hammer in self.producers for error in hammer.errors][:3]


class Hammer:
    def __init__(self, address, topic, partitions, number, keys):
        self.topic, self.partitions, self.number, self.keys = topic, partitions, number, keys
        self.acknowledged, self.times, self.errors = [], [], []
        self.told = 0
        self.sent = self.requests = 0
        self.resting = threading.Event()
        self.producer = Producer({
            "bootstrap.servers": address, "enable.idempotence": True, "acks": "all", "linger.ms": 2, "batch.num.messages": 100,
            "message.timeout.ms": 0, "statistics.interval.ms": 50, "stats_cb": self._statistics, "reconnect.backoff.max.ms": 500})
        threading.Thread(target=self._produce, daemon=True).start()

    def _produce(self):
        while True:
            if self.resting.is_set() or self.unanswered() >= IN_FLIGHT_AT_MOST:
                self.producer.poll(0.01)
                continue
            key = f"{self.number}-{self.sent % self.keys}" if self.keys else None
            self.producer.produce(self.topic, f"{self.number}-{self.sent}", key, partition=self.sent % self.partitions,
                                  on_delivery=self._delivered)
            self.sent += 1
            self.producer.poll(0)

    def unanswered(self):
        return self.sent - len(self.acknowledged)

    def _delivered(self, error, message):
        if error:
            self.errors.append(str(error))
        else:
            self.times.append(message.timestamp()[1])
            self.acknowledged.append((message.partition(), message.offset(), message.value().decode()))

    def _statistics(self, text):
        self.requests = sum(broker["waitresp_cnt"] for broker in json.loads(text)["brokers"].values())


serve.serve(Agent(sys.argv[1]))
