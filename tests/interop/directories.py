#!/usr/bin/env python3
"""One broker, two log directories, opened by Apache Kafka and by kavka in turn.

    tests/interop/directories.py

Each of the two formats the directories once; then they change places four times. Whoever has them finds every record of every
partition, adds one to each, and moves a partition to the other directory; Apache's kafka-log-dirs says what is where, before
and after, and must say the same at both. At last a move that was cut short between its renames is finished by each of them.
"""

import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from subprocess import DEVNULL, PIPE

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import apache_kafka, brokers, java, packages, processes, wire  # noqa: E402
from harness.report import Report  # noqa: E402

PARTITIONS, TOPIC = 6, "spread"
ALTER_REPLICA_LOG_DIRS = 34


class Kavka(brokers.Kavka):
    def launch(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        words = [word for path in directories(self.folder) for word in ("--data-dir", path)]
        with open(self.log, "ab") as log:
            self.child = processes.start([packages.kavka(), "broker", "start", *words, "--port", self.port], stdout=PIPE, stderr=log,
                                         stdin=DEVNULL)


class Kafka(apache_kafka.ApacheKafka):
    """Apache Kafka; it formats what nobody has formatted."""

    def prepare(self):
        if not (self.folder / "a" / "meta.properties").exists():
            return self.format()
        written = "".join(f"{name}={value}\n" for name, value in self.properties().items())
        (self.folder / "server.properties").write_text(written)

    def properties(self):
        return {**super().properties(), "log.dirs": ",".join(map(str, directories(self.folder)))}


def directories(folder):
    return [folder / "a", folder / "b"]


def main():
    report = Report()
    for first, second in ((Kafka, Kavka), (Kavka, Kafka)):
        folder = Path(tempfile.mkdtemp(prefix="interop-directories-"))
        try:
            take_turns(report, folder, [first, second, first, second])
            cut_short(report, folder, first)
            cut_short(report, folder, second)
        except Exception as failed:  # noqa: BLE001
            report.failed(first.name, f"directories formatted by {first.name}", repr(failed))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return report.close()


def take_turns(report, folder, kinds):
    held, placed = 0, None
    for turn, kind in enumerate(kinds):
        broker = kind(folder=folder)
        try:
            broker.start()
            if turn == 0:
                tool("kafka-topics.sh", broker, "--create", "--topic", TOPIC, "--partitions", PARTITIONS)
            found = where(broker)
            expect(placed is None or found == placed, f"{placed} is found as {found}")
            expect(sorted(map(len, found.values())) == [3, 3] or turn, f"unevenly spread: {found}")
            expect(counts(broker) == [held] * PARTITIONS, f"{held} records each are found as {counts(broker)}")
            add_one_to_each(broker, turn)
            held += 1
            here, there = (str(path) for path in directories(folder))
            source, target = (here, there) if turn % 2 == 0 else (there, here)
            move(broker, found[source][0], target)
            placed = where(broker)
            expect(counts(broker) == [held] * PARTITIONS, f"after the move {counts(broker)}")
            expect(broker.stop() in (0, 143), f"it ended with {broker.child.returncode}: {broker.last_words()}")
            report.passed(kind.name, f"turn {turn + 1} on directories formatted by {kinds[0].name}")
        finally:
            if broker.child:
                broker.stop()


def cut_short(report, folder, kind):
    """The old log has lost its name, the copy has not got it yet: the metadata knows where it is."""
    path = next(path for directory in directories(folder) for path in directory.glob(f"{TOPIC}-*") if path.name.count(".") == 0)
    held = None
    path.rename(path.with_name(f"{path.name}.{7:032x}-future"))
    for directory in directories(folder):
        (directory / ".kafka_cleanshutdown").unlink(missing_ok=True)
    broker = kind(folder=folder)
    try:
        broker.start()
        held = counts(broker)
        expect(len(set(held)) == 1 and held[0] > 0, f"{path.name} is one of {held}")
        report.passed(kind.name, "a move that was cut short between its renames")
    finally:
        if broker.child:
            broker.stop()


def expect(so, otherwise):
    if not so:
        raise ValueError(otherwise)


def tool(script, broker, *arguments):
    done = processes.run(java.command(java.main_class(script), "--bootstrap-server", broker.address, *map(str, arguments)))
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stderr.decode(errors='replace')[-800:]}")
    return done.stdout.decode()


def where(broker):
    """Directory → the partitions in it, none of them on its way."""
    def settled():
        told = json.loads(tool("kafka-log-dirs.sh", broker, "--describe", "--topic-list", TOPIC).strip().split("\n")[-1])
        here = {one["logDir"]: one["partitions"] for one in told["brokers"][0]["logDirs"]}
        if any(each["isFuture"] for partitions in here.values() for each in partitions):
            return None
        return {directory: sorted(each["partition"] for each in partitions) for directory, partitions in here.items()}
    return processes.until(settled, 30, "nothing on its way")


def counts(broker):
    for partition in range(PARTITIONS):
        processes.until(lambda: wire.is_served(broker.address, TOPIC, partition), 30, f"{TOPIC}-{partition} is served")
    return [sum(batch.records for batch in wire.batches(broker.address, TOPIC, partition)) for partition in range(PARTITIONS)]


def add_one_to_each(broker, turn):
    for partition in range(PARTITIONS):
        done = subprocess.run([packages.kcat(), "-P", "-b", broker.address, "-t", TOPIC, "-p", str(partition)], input=f"turn {turn}\n".encode(),
                              capture_output=True, timeout=60)
        expect(done.returncode == 0, f"kcat: {done.stderr.decode(errors='replace')}")


def move(broker, partition, directory):
    topic, number = partition.rsplit("-", 1)
    body = struct.pack(">i", 1) + wire.string(directory) + struct.pack(">i", 1) + wire.string(topic) + struct.pack(">ii", 1, int(number))
    with wire.Connection(broker.address) as connection:
        answer = connection.ask(ALTER_REPLICA_LOG_DIRS, 1, body)
        answer.int32()
        errors = answer.array(lambda: (answer.string(), answer.array(lambda: (answer.int32(), answer.int16()))))
    expect(errors == [(topic, [(int(number), 0)])], f"AlterReplicaLogDirs: {errors}")
    processes.until(lambda: partition in where(broker)[directory], 30, f"{partition} in {directory}")


if __name__ == "__main__":
    sys.exit(main())
