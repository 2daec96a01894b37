"""Consuming from the beginning as fast as a broker gives it, from raw frames, out of the page cache.

`programs/raw_fetch.c` asks as Java's consumer does and discards what it gets; four consumers are four connections with
three partitions each. Batches are those that producing sends.
"""

import programs
import topics
from contenders import BrokerCpu
from plan import MIB, size

NAME = "consuming"
# Record bytes, batch bytes, codec, partitions, consumers.
USUAL = [(100, MIB, "none", 1, 1), (100, 16 << 10, "none", 1, 1), (100, MIB, "none", 12, 1), (100, MIB, "none", 12, 4)]
FULL = [*USUAL, (1024, MIB, "none", 1, 1), (1024, 16 << 10, "none", 1, 1), (100, 16 << 10, "none", 12, 4), (100, MIB, "lz4", 1, 1),
        (1024, MIB, "none", 12, 4)]


def measure(plan):
    loads = plan.pick(USUAL, USUAL, FULL)
    batches = plan.batches(sorted({load[:3] for load in loads}))
    plan.figures.note(NAME, "Raw frames; each consumer is a connection with one request at a time. GB of batches as they are stored. "
                            "Limit: sending on loopback from memory.")
    with plan.brokers() as brokers:
        for load in loads:
            with plan.load(NAME, title(load), brokers):
                measure_load(plan, brokers, load, batches[load[:3]])


def title(load):
    record_bytes, batch_bytes, codec, partitions, consumers = load
    return (f"{size(record_bytes)}, batches of {size(batch_bytes)}, {codec}, {partitions} partition{'s' if partitions > 1 else ''}, "
            f"{consumers} consumer{'s' if consumers > 1 else ''}")


def measure_load(plan, brokers, load, batch):
    *_, partitions, consumers = load
    count = plan.pick(64, 384, 768) * MIB // batch["bytes"] // partitions * partitions
    passes, topic = plan.pick(2, 4, 4), plan.new_topic()
    for broker in brokers:
        topics.create(broker, topic, partitions)
        programs.load(broker, "raw_produce", broker.port, topic, partitions, 1, 1, count, batch["path"])
        fetch(broker, topic, load, batch, count, 1)

    def once(broker):
        programs.warm()
        seconds, cpu, gigabytes = fetch(broker, topic, load, batch, count, passes)
        plan.figures.add(NAME, title(load), "throughput", "MB/s", broker.title, gigabytes * 1000 / seconds)
        plan.figures.add(NAME, title(load), "broker CPU", "s/GB", broker.title, cpu / gigabytes)

    def beside():
        limit = plan.limits.beside("loopback 1 MiB")["loopback 1 MiB"]
        plan.figures.limit(NAME, title(load), "throughput", limit["rate"] / 1e6)
        plan.figures.limit(NAME, title(load), "broker CPU", limit["cpu_per_gb"])
    plan.alternate(NAME, title(load), brokers, once, beside=beside)
    for broker in brokers:
        topics.must_hold(broker, topic, partitions, count * batch["records"])
        topics.delete(broker, topic)


def fetch(broker, topic, load, batch, count, passes):
    """(seconds, CPU seconds of the broker, GB read)"""
    *_, partitions, consumers = load
    with BrokerCpu(broker) as cpu:
        read = programs.load(broker, "raw_fetch", broker.port, topic, partitions, consumers, passes, count // partitions * batch["records"])
    if read["bytes"] != passes * count * batch["bytes"]:
        raise programs.Failed(f"{broker.title}: {read['bytes']} bytes read of {passes * count * batch['bytes']}")
    return read["seconds"], cpu.seconds, read["bytes"] / 1e9
