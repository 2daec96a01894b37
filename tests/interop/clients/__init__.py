"""The clients that the suite knows, by the name of their column."""

from clients.confluent import Confluent
from clients.java_console import JavaConsole
from clients.kafka_python import KafkaPython, KafkaPython2020
from clients.kafkajs import KafkaJS
from clients.kcat import Kcat

CLIENTS = {client.name: client for client in (Kcat, KafkaPython, KafkaPython2020, Confluent, KafkaJS, JavaConsole)}

ONLY_IN_FULL = set()
