"""Producing as fast as a broker takes it, from raw frames: the broker is the limit.

`programs/raw_produce.c` sends one pre-encoded batch over and over on one connection, five requests in flight, as many
batches of different partitions in a request as fit into 1 MiB (Java's max.request.size). Bytes are those of the values,
before compression.
"""

import itertools

import programs
import topics
from contenders import BrokerCpu
from harness.processes import resident_bytes
from plan import MIB, size

NAME = "producing"
KIB16 = 16 << 10

# Record bytes, batch bytes, codec, acks, partitions.
BRIEF = [(100, MIB, "none", -1, 1), (1024, MIB, "none", -1, 1), (100, KIB16, "none", -1, 1), (100, KIB16, "lz4", -1, 1),
         (100, KIB16, "none", -1, 12)]
USUAL = [*BRIEF, (100, MIB, "lz4", -1, 1), (100, MIB, "none", -1, 12)]
FULL = list(itertools.product((100, 1024), (MIB, KIB16), ("none", "lz4"), (-1, 1), (1, 12)))


def measure(plan):
    loads = plan.pick(BRIEF, USUAL, FULL)
    batches = plan.batches(sorted({load[:3] for load in loads}))
    for shape, batch in batches.items():
        if shape[2] != "none":
            plan.figures.note(NAME, f"{shape[2]} makes a batch of {size(shape[1])} of {size(shape[0])} records "
                                    f"{batch['plain_bytes'] / batch['bytes']:.1f} times smaller.")
    plan.figures.note(NAME, "Raw frames, one connection, five requests in flight. GB of record values before compression. The figure "
                            "that belongs to a broker alone is its CPU per GB. Limit: receiving on loopback, CRC-32C and appending, "
                            "as separate pieces of work.")
    written = 0
    with plan.brokers() as brokers:
        for load in loads:
            with plan.load(NAME, title(load), brokers):
                written += measure_load(plan, brokers, load, batches[load[:3]])
        for broker in brokers:
            plan.figures.add(NAME, f"after all of these ({written / 1e9:.1f} GB)", "resident", "MB", broker.title,
                             resident_bytes(broker.pid) / 1e6)


def title(load):
    record_bytes, batch_bytes, codec, acks, partitions = load
    return (f"{size(record_bytes)}, batches of {size(batch_bytes)}, {codec}, acks={'all' if acks == -1 else acks}, "
            f"{partitions} partition{'s' if partitions > 1 else ''}")


def measure_load(plan, brokers, load, batch):
    """Bytes of values that each broker was sent."""
    _, batch_bytes, codec, _, partitions = load
    per_request = max(1, min(partitions, MIB // batch_bytes))
    total = plan.pick(64, 256, 768) * MIB
    count = total // batch["value_bytes"] // per_request * per_request
    gigabytes = count * batch["value_bytes"] / 1e9

    def once(broker):
        seconds, cpu, _ = send(plan, broker, load, batch, count, per_request)
        plan.figures.add(NAME, title(load), "throughput", "MB/s", broker.title, gigabytes * 1000 / seconds)
        plan.figures.add(NAME, title(load), "broker CPU", "s/GB", broker.title, cpu / gigabytes)
    for broker in brokers:
        send(plan, broker, load, batch, max(count // 4 // per_request, 1) * per_request, per_request)
    plan.alternate(NAME, title(load), brokers, once, beside=lambda: set_limit(plan, load, batch))
    return (plan.runs + 0.25) * count * batch["value_bytes"]


def send(plan, broker, load, batch, count, per_request):
    """(seconds, CPU seconds of the broker, records), checked against the log."""
    *_, acks, partitions = load
    topic = plan.new_topic()
    topics.create(broker, topic, partitions)
    programs.warm(count * batch["bytes"] * 3 // 2 // MIB + 200)
    with BrokerCpu(broker) as cpu:
        sent = programs.load(broker, "raw_produce", broker.port, topic, partitions, per_request, acks, count, batch["path"])
    topics.must_hold(broker, topic, partitions, count * batch["records"])
    topics.delete(broker, topic)
    return sent["seconds"], cpu.seconds, sent["records"]


def set_limit(plan, load, batch):
    """Of the bytes that go over the wire and to the file, per byte of values."""
    name, share = "1 MiB" if load[1] >= MIB else "16 KiB", batch["bytes"] / batch["value_bytes"]
    found = plan.limits.beside(*dict.fromkeys(("crc32c", "loopback 1 MiB", f"loopback {name}", f"append {name}")))
    rate = min(found[f"loopback {name}"]["rate"], found[f"append {name}"]["rate"])
    work = sum(found[each]["cpu_per_gb"] for each in ("loopback receive", "crc32c", f"append {name}") if each in found)
    plan.figures.limit(NAME, title(load), "throughput", rate / share / 1e6)
    plan.figures.limit(NAME, title(load), "broker CPU", work * share)
