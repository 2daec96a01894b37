"""VerifiableProducer and VerifiableConsumer of Apache's system tests, while the broker is stopped and killed.

The producer tells partition, offset and value of each acknowledgement, the consumer those of each record that it receives.
By itself the producer does not try again, so that a fault of the broker shows as values without acknowledgement; with the
retries and the idempotence that are every other Java producer's defaults there must be none.
"""

import json

from application import PATIENCE, Application, step, want
from program import kafka_tool, versions
from harness import packages

TOPIC, GROUP, PARTITIONS = "verified", "verifiers", 3
BETWEEN = 1_000  # acknowledgements between two events


class Verifiable(Application):
    name = "verifiable"
    PRODUCER = {"enable.idempotence": "true", "retries": 2**31 - 1}

    @classmethod
    def version(cls):
        return versions(packages.apache_kafka(), "kafka-tools")

    @step("produce and consume")
    def begin(self):
        self.witness.create_topic(TOPIC, PARTITIONS)
        self.producer = self.run(kafka_tool("kafka-verifiable-producer", *self._there(), "--throughput", 500,
                                            "--command-config", self.properties("producer", self.PRODUCER)))
        self.consumer = self._join(GROUP)
        self._await_more()

    @step("through an orderly restart of the broker")
    def through_stop(self):
        self.restart_broker()
        self._await_more()

    @step("through kill -9 of the broker")
    def through_kill(self):
        self.restart_broker(kill=True)
        self._await_more()

    @step("through ten restarts more, every other one kill -9", only_in_full=True)
    def through_more(self):
        for number in range(10):
            self.restart_broker(kill=number % 2 == 1)
            self._await_more()

    @step("a second consumer joins, the first is killed")
    def succession(self):
        first, self.consumer = self.consumer, self._join(GROUP)
        self.consumer.await_line('"name":"partitions_assigned"', PATIENCE)
        first.kill()
        # The broker misses it when its session is over.
        self.consumer.await_that(lambda: self._assigned(self.consumer) == set(range(PARTITIONS)), PATIENCE, "all partitions assigned")
        self._await_more()

    @step("all that was acknowledged is consumed")
    def complete(self):
        want(self.producer.stop(), 143, "the producer's exit code")
        acknowledged = self._acknowledged()
        if self.PRODUCER:
            want(self._told(self.producer, "producer_send_error"), [], "values that were not acknowledged")
        self.consumer.await_that(lambda: acknowledged.keys() <= self._consumed().keys(), PATIENCE, "every acknowledged value consumed")
        wrong = {place: (value, acknowledged[place]) for place, value in self._consumed().items()
                 if place in acknowledged and acknowledged[place] != value}
        want(wrong, {}, "values consumed that are not those acknowledged there")

    @step("and all that is stored is what was sent, once, in order")
    def in_order(self):
        stored = self.witness.read(TOPIC)
        values = [int(record.value) for record in stored]
        want(len(set(values)), len(values), "values stored, without repetition")
        unsure = {int(told["value"]) for told in self._told(self.producer, "producer_send_error")}
        acknowledged = {int(value) for value in self._acknowledged().values()}
        # The last may have been on their way when the producer was stopped.
        strange = set(values) - acknowledged - unsure - set(range(max(acknowledged | unsure) + 1, max(values) + 1))
        want((acknowledged - set(values), strange), (set(), set()), "values acknowledged and not stored, stored and not sent")
        for partition in range(PARTITIONS):
            own = [int(record.value) for record in stored if record.partition == partition]
            want(own, sorted(own), f"order in partition {partition}")

    @step("committed offsets are the ends")
    def committed(self):
        want(self.consumer.stop(), 143, "the consumer's exit code")
        ends = {partition: sum(record.partition == partition for record in self.witness.read(TOPIC)) for partition in range(PARTITIONS)}
        want(self.witness.committed(GROUP, TOPIC), ends, "committed offsets")

    def _there(self):
        return ["--bootstrap-server", self.broker.address, "--topic", TOPIC]

    def _join(self, group):
        return self.run(kafka_tool("kafka-verifiable-consumer", *self._there(), "--group-id", group, "--session-timeout", 6_000,
                                   "--verbose"))

    def _await_more(self):
        """That much has been acknowledged and consumed since now; what was lost on the way shows at the end."""
        wanted = len(self._acknowledged()) + BETWEEN
        self.producer.await_that(lambda: len(self._acknowledged()) >= wanted, PATIENCE, f"{wanted} acknowledgements")
        last = self._told(self.producer, "producer_send_success")[-1]
        place = last["partition"], last["offset"]
        self.consumer.await_that(lambda: place in self._consumed(), PATIENCE, f"offset {place[1]} of partition {place[0]} consumed")

    def _acknowledged(self):
        return {(told["partition"], told["offset"]): told["value"] for told in self._told(self.producer, "producer_send_success")}

    def _consumed(self):
        consumers = [program for program in self.programs if program is not self.producer]
        return {(told["partition"], told["offset"]): told["value"] for each in consumers for told in self._told(each, "record_data")}

    @staticmethod
    def _assigned(consumer):
        """The partitions that a consumer has after the last rebalance that it told of."""
        events = [json.loads(line) for line in list(consumer.lines) if '"name":"partitions_' in line]
        if not events or events[-1]["name"] != "partitions_assigned":
            return set()
        return {place["partition"] for place in events[-1]["partitions"]}

    @staticmethod
    def _told(program, name):
        return [json.loads(line) for line in list(program.lines) if f'"name":"{name}"' in line]


class VerifiableOnce(Verifiable):
    name = "verifiable-once"
    PRODUCER = {}
