"""The live clients of the set-up steps (confluent-kafka): members of groups, transactions, deleted records.

Runs in the virtual environment of the suites; JSON lines in and out (`interop/agents/serve.py`).
"""

import struct
import sys
import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, IsolationLevel, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from kafka.record.default_records import DefaultRecordBatchBuilder

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "interop" / "agents")]
import serve  # noqa: E402
from harness import wire  # noqa: E402

PATIENCE = 30
PRODUCE = 0
INVALID_PRODUCER_ID_MAPPING = 49


class Agent:
    def __init__(self, address):
        self.settings = {"bootstrap.servers": address}
        self.admin = AdminClient(self.settings)
        self.members, self.producers = {}, []

    def goodbye(self):
        for member in self.members.values():
            member.leave()

    def member(self, name, group, topics, protocol="classic", instance=None, assignor="range", until="stable"):
        settings = {"client.id": name, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
        if protocol == "classic":
            settings |= {"partition.assignment.strategy": assignor, "session.timeout.ms": 10000, "heartbeat.interval.ms": 300}
        else:
            settings |= {"group.protocol": protocol}
        if instance:
            settings["group.instance.id"] = instance
        self.members[name] = Member(Consumer({**self.settings, **settings}), group, topics.split(","))
        if until == "stable":
            self._await_stable(group)
        else:
            self._await(lambda: self._state(group)[0] == "PREPARING_REBALANCING", f"group {group} rebalances")

    def stall(self, name):
        self.members[name].stalled.set()

    def leave(self, name):
        member = self.members.pop(name)
        member.leave()
        self._await_stable(member.group)

    def _await_stable(self, group):
        """The group has the members that live here and no others, each with its share."""
        expected = sum(member.group == group for member in self.members.values())
        states = ("STABLE",) if expected else ("EMPTY", "DEAD")

        def is_stable():
            state, members = self._state(group)
            return state in states and members == expected
        self._await(is_stable, f"group {group} is stable with {expected} members")

    def _state(self, group):
        try:
            told = self.admin.describe_consumer_groups([group])[group].result(PATIENCE)
        except KafkaException:
            return None, 0
        return told.state.name, len(told.members)

    @staticmethod
    def _await(condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {PATIENCE} s")
            time.sleep(0.05)

    def transaction(self, topic, id, end, lines):
        producer = Producer({**self.settings, "transactional.id": id, "transaction.timeout.ms": 60000})
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
        for line in lines:
            producer.produce(topic, serve.content(line))
        producer.flush(PATIENCE)
        if end == "open":
            self.producers.append(producer)
        elif end == "commit":
            producer.commit_transaction(PATIENCE)
        else:
            producer.abort_transaction(PATIENCE)
        self._await_stable_offsets(topic)

    def hanging(self, topic, partition, producer, at, lines, epoch="0"):
        """Records of a transaction that no coordinator has heard of, as an old broker would leave them. (Since 3.6 a broker
        asks the coordinator, unless transaction.partition.verification.enable is false: waited for, if that was just set.)"""
        batch = DefaultRecordBatchBuilder(2, 0, True, int(producer), int(epoch), 0, 1 << 16)
        for number, line in enumerate(lines):
            batch.append(number, int(at), None, serve.content(line), [])
        records = bytes(batch.build())
        body = struct.pack(">h6s", 6, b"parity") + struct.pack(">hi", -1, 10_000) + struct.pack(">i", 1) + wire.string(topic)
        body += struct.pack(">iii", 1, int(partition), len(records)) + records
        self._await(lambda: self._is_taken(body), "the broker takes a transaction that its coordinator does not know")

    def _is_taken(self, body):
        """Sends a Produce 7."""
        with wire.Connection(self.settings["bootstrap.servers"]) as connection:
            answer = connection.ask(PRODUCE, 7, body)
        try:
            answer.array(lambda: (answer.string(), answer.array(lambda: _produced(answer))))
        except wire.Refused as refused:
            if refused.error != INVALID_PRODUCER_ID_MAPPING:
                raise
            return False
        return True

    def _await_stable_offsets(self, topic):
        """The end of the transaction is written when readers of committed records are past it (an open one hides its own)."""
        levels = IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED
        if not self.producers:
            self._await(lambda: self._ends(topic, levels[0]) == self._ends(topic, levels[1]), f"the transaction on {topic} has ended")

    def _ends(self, topic, level):
        partitions = self.admin.list_topics(topic, timeout=PATIENCE).topics[topic].partitions
        asked = {TopicPartition(topic, partition): OffsetSpec.latest() for partition in partitions}
        return {place.partition: told.result(PATIENCE).offset
                for place, told in self.admin.list_offsets(asked, isolation_level=level).items()}

    def delete_records(self, topic, partition, before):
        asked = TopicPartition(topic, int(partition), int(before))
        self.admin.delete_records([asked])[asked].result(PATIENCE)

    def refuses_transactions(self):
        """Why the broker has no transactions, or None when it has."""
        producer = Producer({**self.settings, "transactional.id": "probe"})
        try:
            producer.init_transactions(5)
        except KafkaException as refused:
            return str(refused)
        return None


def _produced(answer):
    """One partition's answer to Produce 7; an error code is raised."""
    partition, code, offset = answer.int32(), answer.int16(), answer.int64()
    answer.take(16)  # the time of the append and the first offset
    if code:
        raise wire.Refused(f"partition {partition}", code)
    return offset


class Member:
    """A consumer in a group, polled by a thread of its own."""

    def __init__(self, consumer, group, topics):
        self.consumer, self.group = consumer, group
        self.leaving, self.stalled = threading.Event(), threading.Event()
        consumer.subscribe(topics)
        self.thread = threading.Thread(target=self._poll)
        self.thread.start()

    def _poll(self):
        while not self.leaving.is_set():
            self.leaving.wait(0.1) if self.stalled.is_set() else self.consumer.poll(0.1)
        self.consumer.close()

    def leave(self):
        self.leaving.set()
        self.thread.join()


serve.serve(Agent(sys.argv[1]))
