"""VerifiableConsumer in groups that rebalance: cooperatively, by sticky assignment, and with static members.

What a consumer owns is what it told: partitions assigned to it, less those revoked.
"""

import json

from clients.client import Record
from application import PATIENCE, Application, eventually, step, want
from program import kafka_tool, versions
from harness import packages

TOPIC, PARTITIONS = "shared", 4
ALL = set(range(PARTITIONS))
ASSIGNORS = "org.apache.kafka.clients.consumer."


class Rebalances(Application):
    name = "rebalances"

    @classmethod
    def version(cls):
        return versions(packages.apache_kafka(), "kafka-tools")

    @step("cooperative: who stays keeps what it has")
    def cooperative(self):
        self.witness.create_topic(TOPIC, PARTITIONS)
        first = self._join("cooperative", "CooperativeStickyAssignor")
        self._await_owned({frozenset(ALL)}, first)
        second = self._join("cooperative", "CooperativeStickyAssignor")
        eventually(lambda: sorted(map(len, (owned(first), owned(second)))), [2, 2], "partitions owned")
        want(owned(first) & owned(second), set(), "owned by both")
        want(set().union(*changes(first, "revoked")), owned(second), "revoked from the first, in all its life")
        want(second.stop(), 143, "exit code")
        self._await_owned({frozenset(ALL)}, first)
        want(first.stop(), 143, "exit code")

    @step("sticky: three consumers, one leaves, one returns")
    def sticky(self):
        consumers = [self._join("sticky", "StickyAssignor") for _ in range(3)]
        self._await_shares(consumers, [1, 1, 2])
        want(consumers.pop().stop(), 143, "exit code")
        self._await_shares(consumers, [2, 2])
        consumers.append(self._join("sticky", "StickyAssignor"))
        self._await_shares(consumers, [1, 1, 2])
        for consumer in consumers:
            want(consumer.stop(), 143, "exit code")

    @step("static: one that was killed comes back to what it had, and nobody else notices")
    def static(self):
        one, two = (self._join("static", "RangeAssignor", "--group-instance-id", name) for name in ("one", "two"))
        self._await_owned({frozenset({0, 1}), frozenset({2, 3})}, one, two)
        had, noticed = owned(one), len(changes(two, "assigned"))
        one.kill()
        one = self._join("static", "RangeAssignor", "--group-instance-id", "one")
        self._await_owned({frozenset(had)}, one)
        self.witness.produce(TOPIC, [Record(b"%d" % number, partition=number % PARTITIONS) for number in range(40)])
        for consumer in (one, two):
            consumer.await_that(lambda: received(consumer) == 20, PATIENCE, "20 records received")
        want(len(changes(two, "assigned")), noticed, "assignments that the other saw")

    @step("a group with static members goes on through a restart of the broker")
    def static_restart(self):
        one, two = self.programs[-2], self.programs[-1]
        self.restart_broker()
        self.witness.produce(TOPIC, [Record(b"%d" % number, partition=number % PARTITIONS) for number in range(40)])
        for consumer in (one, two):
            consumer.await_that(lambda: received(consumer) == 40, PATIENCE, "40 records received")
            want(consumer.stop(), 143, "exit code")

    def _join(self, group, assignor, *more):
        return self.run(kafka_tool("kafka-verifiable-consumer", "--bootstrap-server", self.broker.address, "--topic", TOPIC,
                                   "--group-id", group, "--session-timeout", 30_000, "--assignment-strategy", ASSIGNORS + assignor, *more,
                                   heap="128m"))

    @staticmethod
    def _await_owned(wanted, *consumers):
        eventually(lambda: {frozenset(owned(consumer)) for consumer in consumers}, wanted, "partitions owned")

    @staticmethod
    def _await_shares(consumers, sizes):
        """A fair share each, and every partition owned by one."""
        eventually(lambda: (sorted(len(owned(consumer)) for consumer in consumers), set().union(*map(owned, consumers))), (sizes, ALL),
                   "partitions owned")


def owned(consumer):
    have = set()
    for event in _events(consumer):
        places = {place["partition"] for place in event["partitions"]}
        have = have | places if event["name"] == "partitions_assigned" else have - places
    return have


def changes(consumer, kind):
    """What was assigned, or revoked, time after time; nothing is not a change."""
    return [{place["partition"] for place in event["partitions"]} for event in _events(consumer)
            if event["name"] == f"partitions_{kind}" and event["partitions"]]


def received(consumer):
    told = [json.loads(line) for line in list(consumer.lines) if '"name":"records_consumed"' in line]
    return sum(event["count"] for event in told)


def _events(consumer):
    return [json.loads(line) for line in list(consumer.lines) if '"name":"partitions_' in line]
