"""The clients that the suite knows, by the name of their column."""

from clients.aiokafka import AioKafka
from clients.confluent import Confluent
from clients.go_clients import FranzGo, Sarama
from clients.java_console import JavaConsole
from clients.kafka_python import KafkaPython, KafkaPython2020
from clients.kafkajs import KafkaJS
from clients.kavka_tools import KavkaTools
from clients.kcat import Kcat

CLIENTS = {client.name: client for client in (
    KavkaTools, Kcat, KafkaPython, KafkaPython2020, Confluent, KafkaJS, JavaConsole, AioKafka, FranzGo, Sarama)}

ONLY_IN_FULL = {AioKafka.name, FranzGo.name, Sarama.name}
