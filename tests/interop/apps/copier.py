"""TransactionalMessageCopier of Apache's system tests: each copier reads a topic and writes what it read to another, a
transaction for every few records, some of which it aborts of its own accord.

A copier is killed and started again with its transactional id, and the broker is killed under it. In the end the copy, as a
read_committed consumer sees it, must be the original: each record once, in its partition and order.
"""

import json

from clients.client import Record
from application import PATIENCE, Application, step, want
from once import difference
from program import Unexpected, kafka_tool, versions
from harness import packages

ATTEMPTS = 5
MAIN = "org.apache.kafka.tools.TransactionalMessageCopier"
IN, OUT, GROUP = "original", "copy", "copiers"


class Early(Exception):
    """A copier had nothing left to do before anything could be done to it."""


class Copiers(Application):
    """Each copier has a partition assigned; a killed one is fenced by its successor, which has its transactional id."""

    name = "copier"
    PARTITIONS = COPIERS = 2
    RECORDS = 4_000  # more in a partition with each step
    TRANSACTION = 20
    OPTIONS = ()
    VERSION = None

    @classmethod
    def version(cls):
        return versions(packages.apache_kafka(cls.VERSION), "kafka-tools")

    @step("copiers copy and abort")
    def begin(self):
        for topic in (IN, OUT):
            self.witness.create_topic(topic, self.PARTITIONS)
        self.seeded = 0
        self._copy(lambda: None)

    @step("through kill -9 of the broker")
    def broker_killed(self):
        self._copy(lambda: self.restart_broker(kill=True))

    @step("through kill -9 of a copier, which is started again")
    def copier_killed(self):
        self._copy(lambda: self._kill(0))

    @step("through an orderly restart of the broker")
    def broker_stopped(self):
        self._copy(self.restart_broker)

    @step("through kill -9 of the broker and of every copier")
    def all_killed(self):
        self._copy(self._kill_all)

    @step("through five times more of each", only_in_full=True)
    def more(self):
        for _ in range(5):
            self._copy(lambda: self.restart_broker(kill=True))
            self._copy(lambda: self._kill(1))
            self._copy(self._kill_all)

    @step("and the copy is the original, each record once and in order")
    def compare(self):
        original, copy = (self._values(topic) for topic in (IN, OUT))
        for partition in range(self.PARTITIONS):
            want(difference(original[partition], copy[partition]), "", f"partition {partition}")

    def _copy(self, event):
        """There is more to copy; the event comes when every copier is at it, and then they end when all is copied. Where one is
        done before the other has begun, as on a busy machine, there is twice as much the next time."""
        for attempt in range(ATTEMPTS):
            self._seed(self.RECORDS << attempt)
            self.copiers = [self._start(seat) for seat in range(self.COPIERS)]
            in_time = self._amid_work(event)
            for copier in filter(None, self.copiers):
                want(copier.finish(2 * PATIENCE), 0, f"exit code of a copier ({copier.last_words()})")
            if in_time:
                return
        raise Unexpected(f"{ATTEMPTS} times a copier was done before the others were at it")

    def _amid_work(self, event):
        enough = 20 * self.TRANSACTION
        try:
            for copier in self.copiers:
                copier.await_that(lambda: processed(copier) >= enough or not copier.runs, PATIENCE, "twenty transactions")
            if not all(copier.runs for copier in self.copiers):
                raise Early
            event()
        except Early:
            return False
        return True

    def _seed(self, count):
        first, self.seeded = self.seeded, self.seeded + count
        self.witness.produce(IN, [Record(b"%d" % number, key=b"%d" % partition, partition=partition)
                                  for number in range(first, self.seeded) for partition in range(self.PARTITIONS)], idempotent=True)

    def _start(self, seat):
        return self.run(kafka_tool(MAIN, "--broker-list", self.broker.address, "--input-topic", IN, "--input-partition", seat,
                                   "--output-topic", OUT, "--consumer-group", GROUP, "--transactional-id", f"copier-{seat}",
                                   "--transaction-size", self.TRANSACTION, "--transaction-timeout", 30_000, "--enable-random-aborts",
                                   *self.OPTIONS, version=self.VERSION, heap="128m"))

    def _kill(self, seat):
        self._end(seat)
        self.copiers[seat] = self._start(seat)

    def _kill_all(self):
        for seat in range(self.COPIERS):
            self._end(seat)
        self.restart_broker(kill=True)
        self.copiers = [self._start(seat) for seat in range(self.COPIERS)]

    def _end(self, seat):
        copier, self.copiers[seat] = self.copiers[seat], None
        code = copier.kill()
        if code == 0:
            raise Early
        want(code, -9, "exit code of a copier when killed")

    def _values(self, topic):
        found = {partition: [] for partition in range(self.PARTITIONS)}
        for record in self.witness.read(topic):
            found[record.partition].append(record.value)
        return found


class CopiersInGroup(Copiers):
    """The copiers share the partitions as a group; its generation fences one that lost them."""

    name = "copier-group"
    PARTITIONS, RECORDS = 4, 2_500
    OPTIONS = ("--group-mode", "--use-group-metadata")


class CopiersOfOld(Copiers):
    """With the transaction protocol of before 4.0: every partition is added to the transaction by a request of its own."""

    name = "copier-3.9"
    VERSION = "3.9"


def processed(copier):
    """How many records a copier says that it has copied since it was started."""
    told = [line for line in list(copier.lines) if line.startswith("{")]
    return json.loads(told[-1])["totalProcessed"] if told else 0
