"""The two Go clients: franz-go and Sarama, each its own implementation of the protocol."""

from clients.client import AgentClient
from harness import packages


class FranzGo(AgentClient):
    name = "franz-go"
    engine = "franz-go"
    snappy = "raw"

    def command(self):
        return [packages.go_program("franzgo")]


class Sarama(AgentClient):
    name = "sarama"
    engine = "sarama"
    snappy = "xerial"

    def command(self):
        return [packages.go_program("sarama")]
