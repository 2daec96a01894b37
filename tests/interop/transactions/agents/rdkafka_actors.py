"""What transactional applications do with librdkafka, recorded: writers, transformers and readers, each in a thread.

A writer's transaction has records for one to four partitions, and is committed or, at random, aborted. A transformer is
a member of a group, whose transactions take what was polled, write some of it again, and commit the group's offsets. A
producer that is fenced, or broken for good, is given up; the next one has the same transactional id.
"""

import random
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

CALL, PATIENCE = 5, 40  # seconds for one call, and for all its repetitions; the second is beyond the transaction timeout
TRANSFORMED = 3  # each so-manieth record of a plain writer

CLIENT = {"reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 500}
PRODUCER = {**CLIENT, "linger.ms": 2, "batch.num.messages": 10, "transaction.timeout.ms": 20_000}
CONSUMER = {**CLIENT, "enable.auto.commit": False, "auto.offset.reset": "earliest", "enable.partition.eof": True,
            "fetch.wait.max.ms": 100}
MEMBER = {**CONSUMER, "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "isolation.level": "read_committed"}


class Lost(Exception):
    """The producer can do no more."""


class Actor:
    """`stage` has the broker's address, the topic, the number of its partitions and the recorder."""

    def __init__(self, who, stage):
        self.who, self.stage = who, stage
        self.resting = threading.Event()
        self.thread = threading.Thread(target=self._live_or_tell, daemon=True)
        self.failed = None

    def _live_or_tell(self):
        try:
            self.live()
        except Exception as failed:
            self.failed = f"{self.who}: {failed!r}"
            raise

    def record(self, did, transaction=None, **more):
        self.stage.recorder.write(self.who, did, transaction, **more)


class Transactor(Actor):
    """The half that writers and transformers share: one producer after another, and its transactions."""

    ABORTED = 0.15  # of the transactions

    def __init__(self, who, stage, transactional_id, shared=False):
        super().__init__(who, stage)
        self.transactional_id, self.shared = transactional_id, shared
        self.begun = 0
        self.told = []  # (number, offset) of deliveries that are not yet recorded
        self.refused = []

    def open(self):
        """A producer whose transactional id is its own, or None when there is to be no other."""
        while not self.resting.is_set():
            producer = Producer({**PRODUCER, "bootstrap.servers": self.stage.address, "transactional.id": self.transactional_id})
            try:
                self._insist(lambda: producer.init_transactions(CALL))
                self.record("opened", id=self.transactional_id)
                return producer
            except Lost as lost:
                self.record("not opened", error=str(lost))
                self.resting.wait(0.2)

    def live(self):
        while producer := self.open():
            try:
                while not self.resting.is_set():
                    self.transaction(producer)
            except (Lost, KafkaException) as lost:  # polling and flushing raise what has become of it
                self.record("lost the producer", error=str(lost))
                producer.purge()
                # Who shares its id leaves the other a while.
                self.resting.wait(random.uniform(1, 4) if self.shared else 0)
            del producer
        self.goodbye()

    def goodbye(self):
        pass

    def begin(self, producer):
        self.begun += 1
        name = f"{self.who}.{self.begun}"
        self.told, self.refused = [], []
        self.record("begin", name)
        self._call(producer, name, "begin", producer.begin_transaction)
        return name

    def send(self, producer, name, records):
        """`records`: (partition, number) in order."""
        self.record("send", name, records=records)
        for partition, number in records:
            self._call(producer, name, "send", lambda: self.produce(producer, name, partition, number))

    def produce(self, producer, name, partition, number):
        producer.produce(self.stage.topic, f"{name}/{number}", partition=partition, on_delivery=self._told(number))

    def _told(self, number):
        told, refused = self.told, self.refused  # those of this transaction

        def note(error, message):
            if error:
                refused.append((number, str(error)))
            else:
                told.append((number, message.offset()))
        return note

    def tell(self, name):
        """Records the answers that there are."""
        told, self.told[:] = self.told[:], []
        refused, self.refused[:] = self.refused[:], []
        if told:
            self.record("acknowledged", name, records=told)
        if refused:
            self.record("refused", name, numbers=[number for number, _ in refused], error=refused[0][1])

    def finish(self, producer, name):
        """Commits or aborts; whether it was committed."""
        if random.random() < 0.5:
            producer.flush(PATIENCE)
            self.tell(name)
        if random.random() < self.ABORTED:
            return self.abort(producer, name)
        self.record("commit", name)
        self._call(producer, name, "commit", lambda: producer.commit_transaction(CALL))
        self.record("committed", name)
        self.tell(name)
        return True

    def abort(self, producer, name):
        self.record("abort", name)
        try:
            self._insist(lambda: producer.abort_transaction(CALL))
        except (Lost, MustAbort) as failed:
            self.record("failed", name, of="abort", error=str(failed))
            raise Lost(str(failed)) from None
        self.record("aborted", name)
        self.tell(name)
        return False

    def _call(self, producer, name, of, call):
        """A call in a transaction. When it cannot succeed the transaction is aborted, and Aborted raised."""
        try:
            self._insist(call)
        except MustAbort as failed:
            self.record("failed", name, of=of, error=str(failed))
            self.tell(name)
            self.abort(producer, name)
            raise Aborted from None
        except Lost as failed:
            self.record("failed", name, of=of, error=str(failed))
            self.tell(name)
            raise

    @staticmethod
    def _insist(call):
        """Calls again what may be called again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return call()
            except KafkaException as failed:
                error = failed.args[0]
                if error.txn_requires_abort() and not error.fatal():
                    raise MustAbort(str(error)) from None
                if not error.retriable() or error.fatal() or time.monotonic() > deadline:
                    raise Lost(str(error)) from None
                time.sleep(0.05)


class MustAbort(Exception):
    """The client says that this transaction can only be aborted."""


class Aborted(Exception):
    """And so it was."""


class Writer(Transactor):
    PAUSE, PAUSE_WITHIN = 0.4, 0.1  # at most

    def transaction(self, producer):
        try:
            name = self.begin(producer)
            for records in self.portions():
                self.send(producer, name, records)
                producer.poll(random.uniform(0, self.PAUSE_WITHIN))
            self.finish(producer, name)
        except Aborted:
            pass
        self.resting.wait(random.uniform(0, self.PAUSE))

    def portions(self):
        """The records of a transaction, in one to three portions."""
        partitions = random.sample(range(self.stage.partitions), random.randint(1, 4))
        count = random.randint(len(partitions), 45)
        records = [(partitions[number] if number < len(partitions) else random.choice(partitions), number) for number in range(count)]
        size = -(-count // random.randint(1, 3))
        return [records[at:at + size] for at in range(0, count, size)]


class Transformer(Transactor):
    """Reads what is committed, writes a part of it again, and commits both together."""

    def __init__(self, who, stage, transactional_id, group):
        super().__init__(who, stage, transactional_id)
        self.group = group
        self.revoked = self.must_go_back = False
        self.ends = {}  # partition → where its end was seen, and nothing since
        self.positions = {}  # the same between two transactions, and nothing within one
        self.consumer = None

    def live(self):
        self.record("reads", isolation="read_committed", group=self.group)
        self.consumer = Consumer({**MEMBER, "bootstrap.servers": self.stage.address, "group.id": self.group})
        self.consumer.subscribe([self.stage.topic], on_assign=self._assigned, on_revoke=self._withdrawn, on_lost=self._withdrawn)
        super().live()

    def goodbye(self):
        self.consumer.close()

    def _assigned(self, _consumer, places):
        self.record("moved", to={place.partition: None for place in places})

    def _withdrawn(self, _consumer, _places):
        self.revoked = True
        self.ends.clear()

    def poll(self, seconds):
        """(partition, offset, value) of what comes next."""
        records = []
        for message in self.consumer.consume(60, seconds):
            if not message.error():
                records.append((message.partition(), message.offset(), message.value().decode()))
                self.ends.pop(message.partition(), None)
            elif message.error().code() == KafkaError._PARTITION_EOF:
                self.ends[message.partition()] = message.offset()
        return records

    def transaction(self, producer):
        self.revoked = False
        taken = self.poll(0.3)
        self.positions = {} if taken else dict(self.ends)
        if not taken:
            return
        committed = False
        try:
            name = self.begin(producer)
            self.take(name, taken)
            if random.random() < 0.3:
                more = self.poll(0.1)
                if more:
                    self.take(name, more)
                    taken += more
            committed = self._pass_on(producer, name, taken)
        except Aborted:
            pass
        except (Lost, KafkaException):
            self.must_go_back = True  # when the next producer of this id has settled what became of this transaction
            raise
        if not committed:
            self.go_back()

    def take(self, name, records):
        self.record("poll", name, records=records)

    def _pass_on(self, producer, name, taken):
        made = [value for _, _, value in taken if is_transformed(value)]
        if made:
            partitions = random.sample(range(self.stage.partitions), random.randint(1, 4))
            self.send(producer, name, [(random.choice(partitions), number) for number in range(len(made))])
        if self.revoked:
            return self.abort(producer, name)
        self.commit_offsets(producer, name, taken)
        return self.finish(producer, name)

    def commit_offsets(self, producer, name, taken):
        following = {partition: offset + 1 for partition, offset, _ in taken}
        places = [TopicPartition(self.stage.topic, partition, offset) for partition, offset in following.items()]
        metadata = self.consumer.consumer_group_metadata()
        self._call(producer, name, "offsets",
                   lambda: within(3 * CALL, lambda: producer.send_offsets_to_transaction(places, metadata, CALL)))

    def open(self):
        producer = super().open()
        if producer and self.must_go_back:
            self.must_go_back = False
            self.go_back()
        return producer

    def go_back(self):
        """To where the group has committed; what was polled since will be polled again."""
        self.ends.clear()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                places = self.consumer.committed(self.consumer.assignment(), timeout=5)
                for place in places:
                    place.offset = max(place.offset, 0)
                    self.consumer.seek(place)
                self.record("moved", to={place.partition: place.offset for place in places})
                return
            except KafkaException as failed:
                if time.monotonic() > deadline:
                    raise
                self.record("not moved", error=str(failed))
                self.consumer.poll(0)  # for a rebalance; what it may return is polled again from the place sought


class Reader(Actor):
    """Reads all partitions from the first record."""

    def __init__(self, who, stage, isolation):
        super().__init__(who, stage)
        self.isolation = self.claimed = isolation
        self.ends, self.patience, self.deadline = None, None, None
        self.positions = {}

    def live(self):
        consumer = Consumer({**CONSUMER, "bootstrap.servers": self.stage.address, "group.id": self.who, "isolation.level": self.isolation})
        self.record("reads", isolation=self.claimed)
        consumer.assign([TopicPartition(self.stage.topic, partition, 0) for partition in range(self.stage.partitions)])
        self.record("moved", to={partition: 0 for partition in range(self.stage.partitions)})
        while not self.is_at_the_end():
            records = self.receive(consumer.consume(500, 0.3))
            if records:
                self.record("poll", records=records)
                self.deadline = None
        self.record("end", ends=self.ends)
        consumer.close()

    def receive(self, messages):
        records = []
        for message in messages:
            if not message.error():
                records.append((message.partition(), message.offset(), message.value().decode()))
            elif message.error().code() == KafkaError._PARTITION_EOF:
                self.positions[message.partition()] = message.offset()
        return records

    def is_at_the_end(self):
        if self.ends is None:
            return False
        self.deadline = self.deadline or time.monotonic() + self.patience
        return time.monotonic() > self.deadline or all(self.positions.get(int(p), 0) >= end for p, end in self.ends.items())


def within(seconds, call):
    """For a call that does not keep its own time: send_offsets_to_transaction may hang for ever when the coordinator was away
    (librdkafka's issues 5456 and 5511). The producer is given up then, with the thread that is in it."""
    outcome = []

    def make():
        try:
            outcome.append((call(), None))
        except KafkaException as failed:
            outcome.append((None, failed))
    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise Lost(f"it hangs for {seconds} s")
    told, failed = outcome[0]
    if failed:
        raise failed
    return told


def is_transformed(value):
    """Some records of plain writers; never what a transformer wrote."""
    name, _, number = value.rpartition("/")
    return "transformer" not in name and int(number) % TRANSFORMED == 0
