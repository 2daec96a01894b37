"""A member of a group that consumes, transforms and produces by confluent-kafka (librdkafka): each record goes to the target
with a stroke after its value. Arguments: the broker's address, group, source, target, transactional id.

It tells what it did, a JSON object a line: {"up": version}, {"committed": records}, {"aborted": why}, {"anew": why} when a
producer came to its end and the next began. Interrupted, it ends the transaction that is open and leaves the group.

Brokers that went away are kept (metadata.recovery.strategy=none): when all are away librdkafka 2.16 drops them by default
(rebootstrap), and then send_offsets_to_transaction may wait without end, whatever its timeout, for a coordinator among them.
"""

import json
import signal
import sys
import threading
import time

import confluent_kafka
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

AT_MOST = 100  # records of a transaction
PATIENCE = 30


class Aborted(Exception):
    """The transaction can only be aborted; the producer goes on."""


class Ended(Exception):
    """The producer cannot go on."""


class Member:
    def __init__(self, address, group, source, target, name):
        self.target, self.batch = target, []
        self.asked_to_end = threading.Event()
        broker = {"bootstrap.servers": address, "reconnect.backoff.max.ms": 500, "metadata.recovery.strategy": "none"}
        self.producer_settings = {**broker, "transactional.id": name}
        self.consumer = Consumer({**broker, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
                                  "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000})
        self.consumer.subscribe([source], on_assign=self._forget, on_revoke=self._forget, on_lost=self._forget)
        self.producer = self._new_producer()

    def _forget(self, *_):
        """What was read and not yet transformed is somebody else's now, or will be read again."""
        self.batch.clear()

    def _new_producer(self):
        producer = Producer(self.producer_settings)
        insist(lambda: producer.init_transactions(PATIENCE))
        return producer

    def live(self):
        while not self.asked_to_end.is_set():
            self._gather()
            if self.batch:
                self._transact()
        self.consumer.close()

    def _gather(self):
        """Up to a batch; whatever a rebalance takes away in between is forgotten by the callbacks."""
        while len(self.batch) < AT_MOST:
            message = self.consumer.poll(0.1)
            if message is None:
                return
            if not message.error():
                self.batch.append(message)

    def _transact(self):
        try:
            self._commit()
            tell("committed", len(self.batch))
        except Aborted as reason:
            self._abort()
            tell("aborted", str(reason))
            self._rewind()
        except Ended as reason:
            tell("anew", str(reason))
            self.producer = self._new_producer()
            self._rewind()
        self.batch.clear()

    def _commit(self):
        self.producer.begin_transaction()
        for message in self.batch:
            self.producer.produce(self.target, message.value() + b"'", message.key())
        following = {}
        for message in self.batch:
            following[message.topic(), message.partition()] = message.offset() + 1
        positions = [TopicPartition(*place, offset) for place, offset in following.items()]
        member = self.consumer.consumer_group_metadata()
        insist(lambda: self.producer.send_offsets_to_transaction(positions, member, PATIENCE))
        insist(lambda: self.producer.commit_transaction(PATIENCE))

    def _abort(self):
        try:
            insist(lambda: self.producer.abort_transaction(PATIENCE))
        except (Aborted, Ended) as reason:
            tell("anew", str(reason))
            self.producer = self._new_producer()

    def _rewind(self):
        """Back to what is committed, in every partition that is still this member's."""
        for place in insist(lambda: self.consumer.committed(self.consumer.assignment(), PATIENCE)):
            place.offset = place.offset if place.offset >= 0 else OFFSET_BEGINNING
            self._seek(place)

    def _seek(self, place):
        """A partition that has just been assigned is not yet to be sought in."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.consumer.seek(place)
            except KafkaException as failed:
                if failed.args[0].code() != KafkaError._STATE or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def insist(action):
    """Until it is done, or the library says that it cannot be."""
    while True:
        try:
            return action()
        except KafkaException as failed:
            error = failed.args[0]
            if error.txn_requires_abort():
                raise Aborted(error.str()) from failed
            if error.fatal() or not (error.retriable() or error.code() in PASSING):
                raise Ended(f"{error.name()}: {error.str()}") from failed


# Of the consumer, whose errors are never called retriable.
PASSING = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._WAIT_COORD,
           KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.NOT_COORDINATOR,
           KafkaError.UNSTABLE_OFFSET_COMMIT)


def tell(what, value):
    print(json.dumps({what: value}), flush=True)


def main():
    tell("up", f"{confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})")
    member = Member(*sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: member.asked_to_end.set())
    member.live()


main()
