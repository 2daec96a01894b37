"""Transactions as their users see them: small ones one after the other through librdkafka (`programs/rdkafka.c`, the first
protocol), and Java's performance test that commits every 50 ms (the second).
"""

import functools

import programs
import topics
from contenders import BrokerCpu
from parts.clients import counted, run_java, sent_rate

NAME = "transactions"
RECORD = 100
SHAPES = [(1, "of one record"), (100, "of 100 records")]


def measure(plan):
    plan.figures.note(NAME, "100 B records to one partition. librdkafka: one transaction after the other, linger 0; the time of each from "
                            "begin to committed. Java: ProducerPerformance, a commit every 50 ms; rates as it reports them.")
    with plan.brokers() as brokers:
        for each, title in SHAPES:
            load, count = f"librdkafka, {title}", plan.pick(100, 1000, 5000)
            plan.alternate(NAME, load, brokers, functools.partial(librdkafka, plan, load, each, count))
        load, count = "Java, a commit every 50 ms", plan.pick(20_000, 300_000, 1_000_000)
        plan.alternate(NAME, load, brokers, functools.partial(java, plan, load, count), plan.few_runs)


def librdkafka(plan, load, each, count, broker):
    topic = plan.new_topic()
    topics.create(broker, topic)
    programs.warm()
    with BrokerCpu(broker) as cpu:
        told = programs.load(broker, "rdkafka", "transactions", broker.address, topic, RECORD, each, count)
    plan.figures.add(NAME, load, "transactions", "/s", broker.title, count / told["seconds"])
    for percentile in ("p50", "p99"):
        plan.figures.add(NAME, load, f"committed, {percentile}", "ms", broker.title, told["committed"][percentile])
    plan.figures.add(NAME, load, "broker CPU", "s per thousand", broker.title, cpu.seconds / count * 1e3)
    topics.delete(broker, topic)


def java(plan, load, count, broker):
    topic = plan.new_topic()
    topics.create(broker, topic)
    with BrokerCpu(broker) as cpu:
        told = run_java("kafka-producer-perf-test", "--bootstrap-server", broker.address, "--topic", topic, "--num-records", count,
                        "--record-size", RECORD, "--throughput", -1, "--transactional-id", topic, "--transaction-duration-ms", 50)
    sent, rate = sent_rate(told)
    plan.figures.add(NAME, load, "records", "k/s", broker.title, counted(sent, count, rate) / 1000)
    plan.figures.add(NAME, load, "broker CPU", "s per million", broker.title, cpu.seconds / count * 1e6)
    topics.delete(broker, topic)
