"""confluent-kafka for Python: librdkafka of today."""

from clients.client import AgentClient
from harness import packages


class Confluent(AgentClient):
    name = "confluent-kafka"
    engine = "librdkafka"
    snappy = "raw"

    def command(self):
        return [packages.python(), packages.AGENTS / "confluent_agent.py"]
