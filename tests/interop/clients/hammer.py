"""Producers that never stop, and who kills the broker under them; see `agents/hammer_agent.py`. It reads nothing."""

from clients.client import AgentClient
from harness import packages


class Hammer(AgentClient):
    name = "hammer"
    PATIENCE = 90

    def command(self):
        return [packages.python(), packages.AGENTS / "hammer_agent.py"]
