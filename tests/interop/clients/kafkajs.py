"""KafkaJS: Node.js, its own implementation of the protocol."""

from clients.client import AgentClient
from harness import packages


class KafkaJS(AgentClient):
    name = "kafkajs"
    engine = "kafkajs"
    snappy = "raw"
    writes_null_headers = False
    interleaves_headers = False  # it keeps them in an object

    def command(self):
        return ["node", packages.AGENTS / "kafkajs_agent.js", packages.node_modules()]
