"""Many of everything: partitions, connections, consumers that wait, groups. What each of them costs, and whether the rest grows slow.

`programs/raw_crowd.c` holds the connections and asks for many partitions at once; CPU and memory are the broker's, taken from
outside. Partitions are empty where they are asked for; throughput goes to all of them in turn, a batch a request, each having
got two batches before.
"""

import math
import resource
import time
from contextlib import contextmanager
from subprocess import PIPE

import programs
import topics
from contenders import BrokerCpu
from harness import processes
from harness.processes import resident_bytes
from parts.groups import await_coordinators
from stopwatch import cpu_seconds

NAME = "scale"
RECORD, BATCH = (100, 200, "none"), (100, 16 << 10, "none")
WAKE_UPS, PATIENCE, SOME = 20, 300, 1000


def measure(plan):
    many, connections, consumers, groups = plan.pick((200, 200, 100, 100), (10_000, 1000, 500, 1000), (10_000, 1000, 500, 1000))
    pause, batches = plan.pick(1, 3, 10), plan.batches([RECORD, BATCH])
    plan.figures.note(NAME, f"Idle CPU is that of {pause} s. One append wakes every waiting consumer: the time of each from the sending of "
                            "the record to its answer, all read by one thread. Memory is the growth of what is resident, the first "
                            "time. One request after the other; Fetch names every partition, or none in a fetch session.")
    with plan.brokers() as brokers:
        plan.alternate(NAME, f"{connections:,} connections", brokers, lambda broker: crowd(plan, broker, connections, pause), plan.few_runs)
        plan.alternate(NAME, f"{consumers:,} waiting consumers", brokers,
                       lambda broker: parked(plan, broker, consumers, pause, batches[RECORD]), plan.few_runs)
        plan.alternate(NAME, f"{groups:,} groups", brokers, lambda broker: of_groups(plan, broker, groups), 1)
        sizes = [1, 100, *sorted({min(many, SOME), many})]
        tables = {}
        plan.alternate(NAME, f"{many:,} partitions, made", brokers, lambda broker: tables.update({broker: made(plan, broker, sizes)}), 1)
        for partitions in sizes:
            there = [broker for broker in brokers if partitions in tables.get(broker, ())]
            plan.alternate(NAME, title(partitions), there,
                           lambda broker: requests(plan, broker, tables[broker][partitions], partitions), plan.few_runs)
        for partitions in sizes[2:]:
            there = [broker for broker in brokers if partitions in tables.get(broker, ())]
            to_all(plan, there, {broker: tables[broker][partitions] for broker in there}, partitions, batches[BATCH])
        for broker in brokers:
            broker.kill()  # what nobody reads any more needs no sync


def most_partitions(broker):
    """As many as a broker stands here: Apache Kafka takes minutes over the second batch to each of thousands (the first entry of
    an index costs it 40 ms of CPU), and kfake keeps two files open for each."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return {"Apache Kafka": SOME, "kfake": files // 2 - 500}.get(broker.title, math.inf)


def to_all(plan, brokers, tables, partitions, batch):
    """Throughput to every partition against that to one, after two batches to each."""
    rounds, turns = max(plan.pick(200, 10_000, 10_000) // partitions, 1), dict.fromkeys(brokers, 2)

    def against_one(broker):
        throughput(plan, broker, tables[broker], partitions, batch, turns[broker], rounds)
        turns[broker] += rounds
    left = plan.alternate(NAME, f"{title(partitions)}, first batches", brokers,
                          lambda broker: fill(plan, broker, tables[broker], partitions, batch), 1)
    plan.alternate(NAME, title(partitions), left, against_one, plan.few_runs)


def title(partitions):
    return f"{partitions:,} partition{'s' if partitions > 1 else ''}"


@contextmanager
def standing_crowd(broker, *words):
    """A crowd that has connected: how long it took, and a function that lets it go on and gives its next line."""
    child = processes.start([programs.built("raw_crowd"), broker.port, *words], stdin=PIPE, stdout=PIPE, stderr=PIPE)

    def heard():
        line = child.stdout.readline()
        if not line:
            raise programs.Failed(f"{broker.title}: raw_crowd: {child.stderr.read().decode(errors='replace').strip()}")
        return programs.json.loads(line)

    def go_on(wants_answer=True):
        child.stdin.write(b"\n")
        child.stdin.flush()
        return heard() if wants_answer else None
    try:
        yield heard()["seconds"], go_on
    finally:
        processes.end(child)


def idle_cpu(broker, pause):
    """Percent of a core."""
    time.sleep(0.5)
    before = cpu_seconds(broker.pid)
    time.sleep(pause)
    return 100 * (cpu_seconds(broker.pid) - before) / pause


def crowd(plan, broker, count, pause):
    load, add = f"{count:,} connections", plan.figures.add
    # What was freed is used again.
    is_first = (NAME, load, "resident", broker.title) not in plan.figures.values
    before, cpu = resident_bytes(broker.pid), cpu_seconds(broker.pid)
    with standing_crowd(broker, "connect", count) as (seconds, _):
        add(NAME, load, "connect and ApiVersions", "µs each", broker.title, seconds / count * 1e6)
        add(NAME, load, "broker CPU", "µs each", broker.title, (cpu_seconds(broker.pid) - cpu) / count * 1e6)
        if is_first:
            add(NAME, load, "resident", "KB each", broker.title, (resident_bytes(broker.pid) - before) / count / 1e3)
        add(NAME, load, "idle CPU", "% of a core", broker.title, idle_cpu(broker, pause))


def parked(plan, broker, count, pause, batch):
    load, add, topic = f"{count:,} waiting consumers", plan.figures.add, plan.new_topic()
    topics.create(broker, topic)
    with standing_crowd(broker, "park", count, topic, WAKE_UPS, batch["path"]) as (_, go_on):
        go_on()
        add(NAME, load, "idle CPU", "% of a core", broker.title, idle_cpu(broker, pause))
        with BrokerCpu(broker) as cpu:
            told = go_on()
        for percentile in ("p50", "p99"):
            add(NAME, load, f"woken by one append, {percentile}", "ms", broker.title, told["woken"][percentile])
        add(NAME, load, "broker CPU", "µs a consumer woken", broker.title, cpu.seconds / WAKE_UPS / count * 1e6)
    topics.must_hold(broker, topic, 1, WAKE_UPS * batch["records"])
    topics.delete(broker, topic)


def of_groups(plan, broker, count):
    topic = plan.new_topic()
    topics.create(broker, topic)
    if broker.has_offsets_topic:
        await_coordinators(broker, topic, count)
    before = resident_bytes(broker.pid)
    programs.load(broker, "raw_groups", broker.port, "commit", count, topic, 1, 1)
    plan.figures.add(NAME, f"{count:,} groups", "resident", "KB each", broker.title, (resident_bytes(broker.pid) - before) / count / 1e3)


def made(plan, broker, sizes):
    """number of partitions → a topic that has so many"""
    found, add = {}, plan.figures.add
    for partitions in sizes:
        if partitions <= most_partitions(broker):
            found[partitions] = plan.new_topic()
            before, begun = resident_bytes(broker.pid), time.monotonic()
            topics.create(broker, found[partitions], partitions, patience=PATIENCE)
            if partitions >= sizes[2]:
                add(NAME, title(partitions), "created and led", "s", broker.title, time.monotonic() - begun)
                add(NAME, title(partitions), "resident", "KB each", broker.title, (resident_bytes(broker.pid) - before) / partitions / 1e3)
    return found


def requests(plan, broker, topic, partitions):
    count = max(plan.pick(200, 2000, 5000) // max(partitions // 10, 1), 10)
    for what, words in (("Metadata", ["metadata", count, topic]), ("Fetch", ["fetch", count, topic, partitions]),
                        ("Fetch in a session", ["session", count, topic, partitions])):
        with BrokerCpu(broker) as cpu:
            told = programs.load(broker, "raw_crowd", broker.port, *words)
        if not told:
            plan.figures.note(NAME, f"{broker.title} gives no fetch sessions: its clients name every partition each time.")
            continue
        took = told["seconds"]
        plan.figures.add(NAME, title(partitions), f"{what}, wall", "µs", broker.title, took / count * 1e6)
        plan.figures.add(NAME, title(partitions), f"{what}, broker CPU", "µs", broker.title, cpu.seconds / count * 1e6)


def fill(plan, broker, topic, partitions, batch):
    """Two batches to each: the first makes files, the second an entry of an index."""
    for which, offset in (("first", 0), ("second", batch["records"])):
        with BrokerCpu(broker) as cpu:
            took = send_each(broker, topic, partitions, partitions, batch, offset)
        for quantity, seconds in (("wall", took), ("broker CPU", cpu.seconds)):
            each = seconds / partitions * 1e6
            plan.figures.add(NAME, title(partitions), f"{which} batch to each, {quantity}", "µs each", broker.title, each)


def send_each(broker, topic, partitions, count, batch, offset):
    """Seconds that so many batches take, one a request, to one partition after the other."""
    words = (broker.port, topic, partitions, 1, -1, count, batch["path"], offset)
    return programs.load(broker, "raw_produce", *words, timeout=PATIENCE)["seconds"]


def throughput(plan, broker, topic, partitions, batch, turn, rounds):
    """To all partitions, then to one: as many batches. `turn` says how many each of them has."""
    count, one, add = partitions * rounds, plan.new_topic(), plan.figures.add
    gigabytes, rates = count * batch["bytes"] / 1e9, []
    topics.create(broker, one)
    for name, among, offset, load in ((topic, partitions, turn * batch["records"], title(partitions)),
                                      (one, 1, 0, f"1 partition, beside {partitions:,}")):
        programs.warm(400)
        with BrokerCpu(broker) as cpu:
            took = send_each(broker, name, among, count, batch, offset)
        rates.append(gigabytes * 1000 / took)
        add(NAME, load, "throughput", "MB/s", broker.title, rates[-1])
        add(NAME, load, "broker CPU", "s/GB", broker.title, cpu.seconds / gigabytes)
    add(NAME, title(partitions), "throughput against one partition", "times", broker.title, rates[0] / rates[1])
    topics.must_hold(broker, topic, partitions, (turn + rounds) * partitions * batch["records"])
    topics.delete(broker, one)
