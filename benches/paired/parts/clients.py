"""What users see: throughput through librdkafka (`programs/rdkafka.c`) and through Java's client (Apache's own
performance tools), with records of 100 bytes. Here the client is mostly the limit, and takes CPU from the broker.
"""

import functools
import re

import apache
import programs
import stopwatch
import topics
from contenders import BrokerCpu

NAME = "clients"
RECORD = 100


def measure(plan):
    plan.figures.note(NAME, "100 B, acks=all, one partition, no compression. librdkafka: linger 5 ms, 10,000 records a batch. Java: "
                            "ProducerPerformance (batch.size 16 KiB, linger 5 ms) and ConsumerPerformance with their defaults; rates as "
                            "they report them.")
    with plan.brokers() as brokers:
        for name, produce, consume, count, runs in (
                ("librdkafka", librdkafka_produce, librdkafka_consume, plan.pick(300_000, 2_000_000, 5_000_000), plan.runs),
                ("Java", java_produce, java_consume, plan.pick(300_000, 1_000_000, 3_000_000), plan.few_runs)):
            plan.alternate(NAME, name, brokers, functools.partial(once, plan, name, produce, consume, count), runs)


def once(plan, name, produce, consume, count, broker):
    topic = plan.new_topic()
    topics.create(broker, topic)
    programs.warm()
    for load, act in (("produce", produce), ("consume", consume)):
        with BrokerCpu(broker) as cpu:
            rate = act(broker, topic, count)
        plan.figures.add(NAME, f"{name}, {load}", "records", "k/s", broker.title, rate / 1000)
        plan.figures.add(NAME, f"{name}, {load}", "broker CPU", "s per million", broker.title, cpu.seconds / count * 1e6)
        topics.must_hold(broker, topic, 1, count)
    topics.delete(broker, topic)


def librdkafka_produce(broker, topic, count):
    return count / programs.load(broker, "rdkafka", "produce", broker.address, topic, "all", RECORD, count)["seconds"]


def librdkafka_consume(broker, topic, count):
    return count / programs.load(broker, "rdkafka", "consume", broker.address, topic, count)["seconds"]


def java_produce(broker, topic, count):
    told = run_java("kafka-producer-perf-test", "--bootstrap-server", broker.address, "--topic", topic, "--num-records", count,
                    "--record-size", RECORD, "--throughput", -1, "--command-property", "acks=all")
    sent, rate = sent_rate(told)
    return counted(sent, count, rate)


def sent_rate(told):
    """How many records ProducerPerformance has sent in the end, and how many in a second."""
    sent, rate = re.findall(r"^(\d+) records sent, ([\d.]+) records/sec", told, re.MULTILINE)[-1]
    return int(sent), float(rate)


def java_consume(broker, topic, count):
    told = run_java("kafka-consumer-perf-test", "--bootstrap-server", broker.address, "--topic", topic, "--num-records", count,
                    "--timeout", 30000, "--hide-header")
    columns = told.strip().splitlines()[-1].split(", ")
    return counted(int(columns[4]), count, float(columns[5]))


def run_java(*words):
    return stopwatch.run(apache.tool(*words)).out.decode()


def counted(seen, count, rate):
    if seen != count:
        raise programs.Failed(f"{seen} records of {count} were told")
    return rate
