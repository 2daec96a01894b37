"""A clean stop in the middle of writing, and what a broker holds in memory after it has written much.

Everything that was dirty before is synced first; then `programs/raw_produce.c` writes batches of 16 KiB as fast as the broker
takes them, and after a second the broker gets SIGTERM. What it must sync by then is what it has acknowledged; the device alone
syncs as much, just written by `programs/limits.c` in pieces of the same size, right after it. Started again, the broker must
hold every record that it acknowledged.
"""

import os
import time
from subprocess import PIPE

import machine
import programs
import topics
from harness import processes
from harness.processes import resident_bytes
from plan import MIB
from stopwatch import stop

NAME = "stopping"
LARGE, SMALL = (100, MIB, "none"), (100, 16 << 10, "none")
LOAD = "SIGTERM under load, batches of 16 KiB"


def measure(plan):
    batches = plan.batches([LARGE, SMALL])
    seconds, gigabytes = plan.pick(0.3, 1, 2), plan.pick(0.1, 2, 2)
    plan.figures.note(NAME, f"One partition, acks=all. The load lasts {seconds} s before SIGTERM. What is dirty then is synced by the "
                            "device alone, too, right after; and what the broker takes beyond that is the figure: less than nothing "
                            "means that it does not sync all of it. Every acknowledged record was there after the next start.")
    for turn in range(plan.runs):
        for kind in plan.kinds:
            with plan.load(NAME, f"{LOAD}, at {kind.title}"):
                under_load(plan, kind, batches[SMALL], seconds)
        if turn < plan.few_runs:
            for kind in plan.kinds:
                with plan.load(NAME, f"{gigabytes:g} GB written, at {kind.title}"):
                    memory(plan, kind, batches[LARGE], gigabytes)


def under_load(plan, kind, batch, seconds):
    broker, topic, add = kind(), plan.new_topic(), plan.figures.add
    try:
        broker.start()
        topics.create(broker, topic)
        os.sync()
        programs.warm(1500)
        sender = processes.start([programs.built("raw_produce"), broker.port, topic, 1, 1, -1, "endless", batch["path"]], stdout=PIPE)
        try:
            time.sleep(seconds)
            if sender.poll() is not None:
                raise programs.Failed("raw_produce ended before the broker was told to stop")
            took = stop(broker)
            acknowledged = programs.json.loads(sender.communicate(timeout=30)[0])["records"]
        finally:
            processes.end(sender)
        alone = 1000 * machine.seconds_to_sync(acknowledged // batch["records"] * batch["bytes"], 1, batch["bytes"])
        add(NAME, LOAD, "acknowledged before", "MB", broker.title, acknowledged // batch["records"] * batch["bytes"] / 1e6)
        add(NAME, LOAD, "SIGTERM to exit", "ms", broker.title, took)
        add(NAME, LOAD, "the device alone, as much", "ms", broker.title, alone)
        add(NAME, LOAD, "beyond the device's own time", "ms", broker.title, took - alone)
        plan.figures.limit(NAME, LOAD, "SIGTERM to exit", alone)
        broker.start()
        must_hold_at_least(broker, topic, acknowledged)
    finally:
        broker.close()


def must_hold_at_least(broker, topic, records):
    """What was in flight may be there too."""
    processes.until(lambda: topics.is_served(broker, topic, 1), 30, f"{topic} served at {broker.title}")
    [held] = topics.end_offsets(broker, topic, 1)
    if held < records:
        raise ValueError(f"{broker.title}: {topic} holds {held} records, and {records} were acknowledged")


def memory(plan, kind, batch, gigabytes):
    broker, topic = kind(), plan.new_topic()
    try:
        broker.start()
        topics.create(broker, topic)
        count = round(gigabytes * 1e9 / batch["bytes"])
        programs.load(broker, "raw_produce", broker.port, topic, 1, 1, -1, count, batch["path"])
        topics.must_hold(broker, topic, 1, count * batch["records"])
        resident = resident_bytes(broker.pid) / 1e6
        plan.figures.add(NAME, f"{gigabytes:g} GB written in batches of 1 MiB", "resident", "MB", broker.title, resident)
        broker.kill()
    finally:
        broker.close()
