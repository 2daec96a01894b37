"""Members of one group, each a process of its own and of another client: they say what they own and what they have received, they
can leave, and they can be killed.
"""

import itertools
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from clients.confluent import Confluent  # noqa: E402
from clients.go_clients import FranzGo  # noqa: E402
from clients.kafka_python import KafkaPython  # noqa: E402
from clients.kafkajs import KafkaJS  # noqa: E402
from harness import processes  # noqa: E402
from program import Program, kafka_tool  # noqa: E402

JAVA = "org.apache.kafka.clients.consumer."
_numbers = itertools.count(1)


class ByAgent:
    """A client library with an agent."""

    def __init__(self, name, client, **options):
        self.name, self.client, self.options = name, client, options

    def join(self, address, group, topic, folder):
        return AgentSeat(self, address, group, topic, folder)


class AgentSeat:
    def __init__(self, kind, address, group, topic, folder):
        self.kind, self.client = kind, kind.client()
        self.client.connect(address)
        self.journal = folder / f"journal-{next(_numbers)}"
        self.member = self.client.join(group, topic, journal=str(self.journal), **kind.options)

    def share(self):
        return self.member.share()

    def received(self):
        lines = self.journal.read_bytes().splitlines() if self.journal.exists() else []
        return [(int(partition), int(offset), value) for partition, offset, value in map(bytes.split, lines)]

    def leave(self):
        self.member.leave()
        self.client.close()

    def kill(self):
        processes.end(self.client.child, signal.SIGKILL)


class ByJava:
    """Kafka's VerifiableConsumer, which tells what it has received before it commits it."""

    def __init__(self, name, *arguments):
        self.name, self.arguments = name, arguments

    def join(self, address, group, topic, _):
        return JavaSeat(self, address, group, topic)


class JavaSeat:
    def __init__(self, kind, address, group, topic):
        self.kind = kind
        self.program = kafka_tool("kafka-verifiable-consumer", "--bootstrap-server", address, "--topic", topic, "--group-id", group, "--verbose",
                                  "--reset-policy", "earliest", *kind.arguments, heap="96m")

    def share(self):
        owned = set()
        for event in self._events("partitions_"):
            change = {place["partition"] for place in event["partitions"]}
            owned = owned | change if event["name"] == "partitions_assigned" else owned - change
        return owned

    def received(self):
        return [(event["partition"], event["offset"], event["value"].encode()) for event in self._events("record_data")]

    def leave(self):
        self.program.stop()

    def kill(self):
        self.program.kill()

    def _events(self, name):
        return [json.loads(line) for line in list(self.program.lines) if f'"name":"{name}' in line]


SESSION = "--session-timeout", 6000
CLASSIC = [
    ByJava("java, eager", "--assignment-strategy", JAVA + "RangeAssignor", *SESSION),
    ByJava("java, cooperative", "--assignment-strategy", f"{JAVA}CooperativeStickyAssignor,{JAVA}RangeAssignor", *SESSION),
    ByAgent("librdkafka", Confluent),
    ByAgent("franz-go", FranzGo, balancer="range"),
    ByAgent("kafka-python", KafkaPython),
    ByAgent("kafkajs", KafkaJS, assigner="range"),
]
CONSUMER = [
    ByJava("java, consumer protocol", "--group-protocol", "consumer"),
    ByAgent("librdkafka, consumer protocol", Confluent, **{"group.protocol": "consumer"}),
    ByAgent("franz-go, consumer protocol", FranzGo, balancer="range", protocol="consumer"),
]


def feed(address, topic, partitions, rate, agents, python):
    return Program("feed", [python, agents / "feed_agent.py", address, topic, partitions, rate])
