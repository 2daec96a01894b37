"""How long a broker takes to open a directory of many partitions, after a kill and after a clean stop, and what it holds then.

kavka makes the directory, fills it and is killed; its recovery points are taken away, so that every record is looked at.
Each broker gets a copy of it: it opens that, stops cleanly, opens it again. Ready is when Metadata lists a leader for every
partition and a Fetch of the last record answers, from before the fork that leads to exec. Memory is what is resident then,
and the most that ever was.
"""

import re
import shutil
from pathlib import Path

import programs
import topics
from contenders import ApacheKafka, Kavka
from harness.processes import resident_bytes
from stopwatch import cpu_seconds, seconds_to_ready, stop

NAME = "opening"
BATCH = (1000, 1 << 18, "none")
PATIENCE = 1800


class KafkaOnOurs(ApacheKafka):
    """Apache Kafka on a directory that kavka formatted."""

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        written = "".join(f"{name}={value}\n" for name, value in self.properties().items())
        (self.folder / "server.properties").write_text(written)


def measure(plan):
    partitions = plan.partitions or plan.pick(200, 2000, 2000)
    gigabytes = plan.gigabytes or plan.pick(0.2, 10, 10)
    batch = plan.batches([BATCH])[BATCH]
    each = max(1, round(gigabytes * 1e9 / batch["bytes"] / partitions))
    held = f"{partitions} partitions, {partitions * each * batch['bytes'] / 1e9:.2f} GB"
    plan.figures.note(NAME, "The same files for both, made by kavka: copies of a directory whose broker was killed and whose recovery "
                            "points were removed, so that all of it is recovered; then again after a clean stop. The files are "
                            "in the page cache as far as they fit. Each broker with its own defaults (two recovery threads).")
    master = plan.folder / "opening"
    try:
        topic = fill(plan, master, partitions, each, batch)
        for _ in range(1 if plan.extent != "full" else plan.few_runs):
            for kind in (Kavka, KafkaOnOurs):
                with plan.load(NAME, held):
                    open_copy(plan, kind, master, topic, partitions, each * batch["records"], held)
    finally:
        shutil.rmtree(master, ignore_errors=True)


def fill(plan, folder, partitions, each, batch):
    broker, topic = Kavka(folder), plan.new_topic()
    broker.start()
    try:
        topics.create(broker, topic, partitions)
        programs.load(broker, "raw_produce", broker.port, topic, partitions, 1, 1, partitions * each, batch["path"])
    finally:
        broker.kill()
    (broker.data_dir / "recovery-point-offset-checkpoint").unlink(missing_ok=True)
    return topic


def open_copy(plan, kind, master, topic, partitions, records, held):
    broker = kind()
    try:
        shutil.copytree(master / "data", broker.data_dir, ignore=shutil.ignore_patterns(".lock", ".kavka-host*"))
        if hasattr(broker, "prepare"):
            broker.prepare()
        for load in (f"{held}, after kill -9", f"{held}, after a clean stop"):
            took = seconds_to_ready(broker, topic, partitions, records - 1, PATIENCE)
            add = plan.figures.add
            add(NAME, load, "exec to ready", "ms", broker.title, 1000 * took)
            add(NAME, load, "CPU until ready", "ms", broker.title, 1000 * cpu_seconds(broker.pid))
            add(NAME, load, "resident when ready", "MB", broker.title, resident_bytes(broker.pid) / 1e6)
            add(NAME, load, "resident at most", "MB", broker.title, most_resident_bytes(broker.pid) / 1e6)
            add(NAME, load, "open files when ready", "files", broker.title, len(list(Path(f"/proc/{broker.pid}/fd").iterdir())))
            topics.must_hold(broker, topic, partitions, partitions * records)
            add(NAME, load, "SIGTERM to exit", "ms", broker.title, stop(broker))
    finally:
        broker.close()


def most_resident_bytes(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
