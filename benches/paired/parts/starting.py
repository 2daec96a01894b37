"""How long a broker takes to be of use, to stop, and what it holds in memory when idle.

Ready is when Metadata lists a leader for every partition and a Fetch of the last record answers, from before the fork
that leads to exec. Apache Kafka's directory is formatted before the clock starts.
"""

import time

import programs
import topics
from contenders import BOTH
from harness import brokers, wire
from harness.processes import resident_bytes
from stopwatch import cpu_seconds, stop

NAME = "starting"
PARTITIONS, BATCH = 12, (100, 1 << 20, "none")


def measure(plan):
    batch = plan.batches([BATCH])[BATCH]
    requests = plan.pick(64, 1024, 2048) * (1 << 20) // batch["bytes"] // PARTITIONS * PARTITIONS
    held = f"{PARTITIONS} partitions, {requests * batch['bytes'] / 1e9:.2f} GB"
    plan.figures.note(NAME, f"Exec to ready. After `kill -9` a broker recovers what it holds. Idle CPU is that of {plan.pick(3, 5, 10)} s.")
    filled = [filled_broker(plan, kind, batch, requests) for kind in BOTH]
    try:
        for _ in range(plan.few_runs):
            for kind in BOTH:
                with plan.load(NAME, "new directory"):
                    on_new_directory(plan, kind)
            for broker, topic in filled:
                with plan.load(NAME, held):
                    again(plan, broker, topic, requests * batch["records"], held)
    finally:
        for broker, _ in filled:
            broker.close()
    for load in ("new directory", f"{held}, after a clean stop", f"{held}, after kill -9"):
        plan.figures.limit(NAME, load, "exec to ready", plan.limits["process"]["seconds"] * 1000)
    plan.figures.note(NAME, "Limit: `/bin/true`, started in the same way.")


def filled_broker(plan, kind, batch, requests):
    broker, topic = kind(), plan.new_topic()
    broker.start()
    topics.create(broker, topic, PARTITIONS)
    programs.load(broker, "raw_produce", broker.port, topic, PARTITIONS, 1, 1, requests, batch["path"])
    broker.stop()
    return broker, topic


def on_new_directory(plan, kind):
    broker = kind()
    try:
        if hasattr(broker, "format"):
            broker.format()
        load, add = "new directory", plan.figures.add
        add(NAME, load, "exec to ready", "ms", kind.title, 1000 * seconds_to_ready(broker))
        add(NAME, load, "CPU until ready", "ms", kind.title, 1000 * cpu_seconds(broker.pid))
        time.sleep(2)
        add(NAME, load, "resident when idle", "MB", kind.title, resident_bytes(broker.pid) / 1e6)
        pause, before = plan.pick(3, 5, 10), cpu_seconds(broker.pid)
        time.sleep(pause)
        add(NAME, load, "idle CPU", "% of a core", kind.title, 100 * (cpu_seconds(broker.pid) - before) / pause)
        add(NAME, load, "SIGTERM to exit", "ms", kind.title, stop(broker))
    finally:
        broker.close()


def again(plan, broker, topic, records, held):
    """Starts on a directory that holds something: after a clean stop, and after a kill."""
    for ended, load in ((broker.stop, "after a clean stop"), (broker.kill, "after kill -9")):
        if ended == broker.kill:
            broker.kill()
        took = seconds_to_ready(broker, topic, records // PARTITIONS)
        plan.figures.add(NAME, f"{held}, {load}", "exec to ready", "ms", broker.title, 1000 * took)
        topics.must_hold(broker, topic, PARTITIONS, records)
    plan.figures.add(NAME, f"{held}, after a clean stop", "SIGTERM to exit", "ms", broker.title, stop(broker))


def seconds_to_ready(broker, topic=None, end=0):
    begun = time.monotonic()
    broker.launch()
    while time.monotonic() - begun < 120:
        try:
            if is_ready(broker, topic, end):
                return time.monotonic() - begun
        except (OSError, ValueError):
            pass
        if broker.child.poll() is not None:
            break
        time.sleep(0.0005)
    raise brokers.NotReady(f"{broker.name} is not ready: {broker.last_words()}")


def is_ready(broker, topic, end):
    known = wire.metadata(broker.address, timeout=5)
    leaders = [leader for each in known for _, leader, _ in each.leaders.values()]
    if topic is None or min(leaders, default=-1) < 0 or len(leaders) < PARTITIONS:
        return topic is None
    return bool(wire.batches(broker.address, topic, PARTITIONS - 1, end - 1))
