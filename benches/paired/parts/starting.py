"""How long a broker takes to be of use, to stop, and what it holds in memory when idle.

Ready is when Metadata lists a leader for every partition and a Fetch of the last record answers, from exec
(`programs/raw_ready.c`). Apache Kafka's directory is formatted before the clock starts. What is opened after a kill has
lost its recovery points, so that all of it is past them.
"""

import time

import programs
import topics
from harness.processes import resident_bytes
from stopwatch import cpu_seconds, seconds_to_ready, stop

NAME = "starting"
PARTITIONS, BATCH = 12, (100, 1 << 20, "none")
NEW, CLEAN, KILLED = "new directory", "after a clean stop", "after kill -9"


def measure(plan):
    batch = plan.batches([BATCH])[BATCH]
    requests = plan.pick(64, 1024, 2048) * (1 << 20) // batch["bytes"] // PARTITIONS * PARTITIONS
    gigabytes = requests * batch["bytes"] / 1e9
    held = f"{PARTITIONS} partitions, {gigabytes:.2f} GB"
    plan.figures.note(NAME, "Exec to ready. After `kill -9` a broker recovers all that it holds. "
                            f"Idle CPU is that of {plan.pick(2, 3, 10)} s. "
                            "Limit: `/bin/true`.")
    filled = []
    try:
        for kind in plan.kinds:
            with plan.load(NAME, f"{kind.title}, filled"):
                filled.append(filled_broker(plan, kind, batch, requests))
        for _ in range(plan.few_runs):
            for kind in plan.kinds:
                with plan.load(NAME, NEW):
                    on_new_directory(plan, kind)
            for broker, topic in filled:
                with plan.load(NAME, f"{held}, {broker.title}"):
                    again(plan, broker, topic, requests * batch["records"], held, gigabytes)
            for load in (NEW, f"{held}, {CLEAN}", f"{held}, {KILLED}"):
                plan.figures.limit(NAME, load, "exec to ready", plan.limits.process() * 1000)
    finally:
        for broker, _ in filled:
            broker.close()


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
        add = plan.figures.add
        add(NAME, NEW, "exec to ready", "ms", kind.title, 1000 * seconds_to_ready(broker))
        add(NAME, NEW, "CPU until ready", "ms", kind.title, 1000 * cpu_seconds(broker.pid))
        time.sleep(1)
        add(NAME, NEW, "resident when idle", "MB", kind.title, resident_bytes(broker.pid) / 1e6)
        pause, before = plan.pick(2, 3, 10), cpu_seconds(broker.pid)
        time.sleep(pause)
        add(NAME, NEW, "idle CPU", "% of a core", kind.title, 100 * (cpu_seconds(broker.pid) - before) / pause)
        add(NAME, NEW, "SIGTERM to exit", "ms", kind.title, stop(broker))
    finally:
        broker.close()


def again(plan, broker, topic, records, held, gigabytes):
    """Starts on a directory that holds something: after a clean stop, and after a kill."""
    def ready(load):
        took = seconds_to_ready(broker, topic, PARTITIONS, records // PARTITIONS - 1)
        plan.figures.add(NAME, load, "exec to ready", "ms", broker.title, 1000 * took)
        plan.figures.add(NAME, load, "CPU until ready", "ms", broker.title, 1000 * cpu_seconds(broker.pid))
        topics.must_hold(broker, topic, PARTITIONS, records)
        return took
    broker.stop()
    ready(f"{held}, {CLEAN}")
    broker.kill()
    (broker.data_dir / "recovery-point-offset-checkpoint").unlink(missing_ok=True)
    plan.figures.add(NAME, f"{held}, {KILLED}", "exec to ready, for 3 GB", "s", broker.title, ready(f"{held}, {KILLED}") / gigabytes * 3)
    plan.figures.add(NAME, f"{held}, {CLEAN}", "SIGTERM to exit", "ms", broker.title, stop(broker))
