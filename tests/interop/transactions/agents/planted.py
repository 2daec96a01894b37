"""Actors with a fault, as a broker or a client might have one; ../plants.py says what each must be reported as.

Each differs from its kind in one method, in some of its transactions or polls.
"""

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from rdkafka_actors import CALL, CONSUMER, PRODUCER, Reader, Transformer, Writer


class Drops(Reader):
    dropped = False

    def receive(self, messages):
        records = super().receive(messages)
        if len(records) > 4 and not self.dropped:
            self.dropped = True
            del records[2]
        return records


class Repeats(Reader):
    repeated = False

    def receive(self, messages):
        records = super().receive(messages)
        if len(records) > 4 and not self.repeated:
            self.repeated = True
            records.append(records[-1])
        return records


class Changes(Reader):
    changed = False

    def receive(self, messages):
        records = super().receive(messages)
        if len(records) > 4 and not self.changed:
            self.changed = True
            partition, offset, _ = records[2]
            records[2] = (partition, offset, "nobody.1/0")
        return records


class SeesAll(Reader):
    def __init__(self, who, stage, isolation):
        super().__init__(who, stage, "read_uncommitted")
        self.claimed = "read_committed"


class Hesitates(Writer):
    """Sound: what it wrote lies open for a while, and half of it is aborted."""

    ABORTED = 0.5

    def finish(self, producer, name):
        producer.flush(CALL)
        self.resting.wait(0.3)
        return super().finish(producer, name)


class Faulty(Writer):
    @property
    def is_its_time(self):
        return self.begun % 5 == 2


class SendsTwice(Faulty):
    def produce(self, producer, name, partition, number):
        for _ in range(2 if self.is_its_time and number == 0 else 1):
            super().produce(producer, name, partition, number)


class KeepsBack(Faulty):
    last = None

    def portions(self):
        portions = super().portions()
        self.last = portions[-1][-1][1]
        return portions

    def produce(self, producer, name, partition, number):
        if not self.is_its_time or number != self.last:
            super().produce(producer, name, partition, number)


class CommitsHalf(KeepsBack):
    def finish(self, producer, name):
        if not self.is_its_time:
            return super().finish(producer, name)
        self.record("commit", name)
        self._call(producer, name, "commit", lambda: producer.commit_transaction(CALL))
        self.record("failed", name, of="commit", error="what came back is kept back")
        return True


class CommitsTheAborted(Faulty):
    def finish(self, producer, name):
        if not self.is_its_time:
            return super().finish(producer, name)
        self.record("abort", name)
        self._call(producer, name, "commit", lambda: producer.commit_transaction(CALL))
        self.record("aborted", name)
        return False


class AbortsTheCommitted(Faulty):
    def finish(self, producer, name):
        if not self.is_its_time:
            return super().finish(producer, name)
        self.record("commit", name)
        self._call(producer, name, "abort", lambda: producer.abort_transaction(CALL))
        self.record("committed", name)
        return True


class HidesAnAcknowledgement(Faulty):
    def _told(self, number):
        return (lambda *_: None) if self.is_its_time and number == 0 else super()._told(number)


class Reverses(Faulty):
    def send(self, producer, name, records):
        self.record("send", name, records=records)
        for partition, number in reversed(records) if self.is_its_time else records:
            self._call(producer, name, "send", lambda: self.produce(producer, name, partition, number))


class Overtakes(Faulty):
    """Says that it begins a transaction, and does another first."""

    promised = None

    def transaction(self, producer):
        if self.is_its_time:
            self.begun += 1
            promised = f"{self.who}.{self.begun}"
            self.record("begin", promised)
            super().transaction(producer)
            self.promised = promised
        super().transaction(producer)

    def begin(self, producer):
        if not self.promised:
            return super().begin(producer)
        name, self.promised = self.promised, None
        self.told, self.refused = [], []
        self._call(producer, name, "begin", producer.begin_transaction)
        return name


class ForgetsOffsets(Transformer):
    forgot = False

    def commit_offsets(self, producer, name, taken):
        self.forgot = self.begun % 3 == 2
        if not self.forgot:
            super().commit_offsets(producer, name, taken)

    def _pass_on(self, producer, name, taken):
        self.forgot = False
        return super()._pass_on(producer, name, taken) and not self.forgot


class Overlooks(Transformer):
    """The first record of a poll, which lies after what an earlier transaction took."""

    def poll(self, seconds):
        records = super().poll(seconds)
        return records[1:] if seconds > 0.2 and len(records) > 1 else records


class Ring(Transformer):
    """Two transactions, each of which takes the other's record while both are open."""

    def live(self):
        reader = Consumer({**CONSUMER, "bootstrap.servers": self.stage.address, "group.id": self.who,
                           "isolation.level": "read_uncommitted"})
        producers = [self._producer(side) for side in "ab"]
        self.record("reads", isolation="read_committed")
        ends = {p: reader.get_watermark_offsets(TopicPartition(self.stage.topic, p), timeout=20)[1] for p in (0, 1)}
        reader.assign([TopicPartition(self.stage.topic, p, end) for p, end in ends.items()])
        names = [self.begin(producer) for producer in producers]
        for partition, (producer, name) in enumerate(zip(producers, names)):
            self.send(producer, name, [(partition, 0)])
            producer.flush()
        seen = {}
        while len(seen) < 2:
            for message in reader.consume(100, 0.1):
                if not message.error() and message.value().decode().rpartition("/")[0] in names:
                    seen[message.partition()] = [message.partition(), message.offset(), message.value().decode()]
                elif message.error() and message.error().code() != KafkaError._PARTITION_EOF:
                    self.record("not read", error=str(message.error()))
        for partition, name in enumerate(reversed(names)):
            self.record("moved", to={partition: None})
            self.take(name, [seen[partition]])
        for producer, name in zip(producers, names):
            self.record("commit", name)
            self._call(producer, name, "commit", lambda: producer.commit_transaction(CALL))
            self.record("committed", name)
        reader.close()

    def _producer(self, side):
        producer = Producer({**PRODUCER, "bootstrap.servers": self.stage.address, "transactional.id": f"{self.transactional_id}-{side}"})
        self._insist(lambda: producer.init_transactions(CALL))
        return producer


# No fault: beside a reader that sees all, so that there is something to see.
HESITANT = "a writer hesitates"

FAULTY = {
    "a reader drops a record": Drops,
    "a reader is given a record again": Repeats,
    "a reader is given another record": Changes,
    "a reader sees all": SeesAll,
    HESITANT: Hesitates,
    "a record is written twice": SendsTwice,
    "a record is not written": KeepsBack,
    "half a transaction is committed": CommitsHalf,
    "an abort commits": CommitsTheAborted,
    "a commit aborts": AbortsTheCommitted,
    "an acknowledgement is missing": HidesAnAcknowledgement,
    "records are written in reverse": Reverses,
    "a transaction overtakes": Overtakes,
    "offsets are not committed": ForgetsOffsets,
    "a member overlooks a record": Overlooks,
    "two transactions read each other": Ring,
}


def named(plant, kind):
    """The class of an actor: its kind's own, or the faulty one of that name."""
    return FAULTY[plant] if plant else kind
