"""kafka-python: written in Python alone, in its newest version and in the one that most projects had for years."""

from clients.client import AgentClient
from harness import packages


class KafkaPython(AgentClient):
    name = "kafka-python"
    engine = "kafka-python"
    snappy = "xerial"
    writes_null_headers = False

    def command(self):
        return [packages.python(), packages.AGENTS / "kafka_python_agent.py"]


class KafkaPython2020(AgentClient):
    name = "kafka-python-2.0.2"
    engine = "kafka-python"
    snappy = "xerial"
    writes_null_headers = False

    def command(self):
        return [packages.python("requirements-2020"), packages.AGENTS / "kafka_python_2020_agent.py"]
