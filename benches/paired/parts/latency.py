"""From a record's sending to its arrival at a waiting consumer, at 1,000 records of 100 bytes a second.

Raw frames show the broker; librdkafka (linger 0) shows what its user sees.
"""

import programs
import topics
from contenders import BrokerCpu

NAME = "latency"
RATE = 1000
PERCENTILES = ("p50", "p99", "p999")
# Client, acks.
USUAL = [("raw frames", "all"), ("librdkafka", "all")]
FULL = [*USUAL, ("raw frames", "1"), ("librdkafka", "1")]


def measure(plan):
    seconds = plan.pick(3, 4, 11)
    plan.figures.note(NAME, f"End to end, one partition, {seconds} s a run, of which the first second is not counted. Limit: a round trip "
                            "of 100 bytes on loopback at the same rate.")
    with plan.brokers() as brokers:
        for load in plan.pick(USUAL, USUAL, FULL):
            with plan.load(NAME, title(load), brokers):
                measure_load(plan, brokers, load, seconds)


def title(load):
    return f"{load[0]}, acks={load[1]}"


def measure_load(plan, brokers, load, seconds):
    for broker in brokers:
        observe(plan, broker, load, 2)

    def once(broker):
        seen, cpu = observe(plan, broker, load, seconds)
        for quantity in PERCENTILES:
            plan.figures.add(NAME, title(load), _name(quantity), "ms", broker.title, seen["arrival"][quantity])
        if "acknowledgement" in seen:
            plan.figures.add(NAME, title(load), "acknowledged, p50", "ms", broker.title, seen["acknowledgement"]["p50"])
        plan.figures.add(NAME, title(load), "broker CPU", "µs/record", broker.title, cpu / seen["records"] * 1e6)

    def beside():
        found = plan.limits.beside("round trip at 1000/s")["round trip at 1000/s"]
        for quantity in PERCENTILES:
            plan.figures.limit(NAME, title(load), _name(quantity), found[quantity])
    plan.alternate(NAME, title(load), brokers, once, beside=beside)


def _name(quantity):
    return quantity.replace("p999", "p99.9")


def observe(plan, broker, load, seconds):
    client, acks = load
    topic = plan.new_topic()
    topics.create(broker, topic)
    with BrokerCpu(broker) as cpu:
        if client == "librdkafka":
            seen = programs.load(broker, "rdkafka", "latency", broker.address, topic, acks, RATE, seconds)
        else:
            seen = programs.load(broker, "raw_latency", broker.port, topic, -1 if acks == "all" else acks, RATE, seconds)
    topics.must_hold(broker, topic, 1, seen["records"])
    topics.delete(broker, topic)
    return seen, cpu.seconds
