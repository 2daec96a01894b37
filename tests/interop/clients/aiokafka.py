"""aiokafka: Python's asyncio; it shares its beginnings, but no longer its code, with kafka-python."""

from clients.client import AgentClient
from harness import packages


class AioKafka(AgentClient):
    name = "aiokafka"
    engine = "aiokafka"
    snappy = "xerial"

    def command(self):
        return [packages.python(), packages.AGENTS / "aiokafka_agent.py"]
