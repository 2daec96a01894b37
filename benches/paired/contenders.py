"""The brokers that are measured, as each would be run by somebody who wants it fast.

kavka with its defaults; Apache Kafka with the JVM options of its own start script (heap of 1 GB, G1, both compilers)
and the suite's settings for one machine; and the best other that runs on a machine like this: kfake of franz-go, a server in
Go that keeps its log in a directory (`programs/kfake`). Only the delay before files of deleted topics go is shorter with
Apache Kafka, so that no load runs beside the removal of the one before. All stand side by side while loads alternate
between them; what those cost that wait is measured too (`idle CPU`).
"""

import contextlib
import time
from subprocess import DEVNULL

import programs
from harness import brokers, processes
from harness.started import Started
from stopwatch import cpu_seconds

SERVER_JVM = ["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
              "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true"]


class Kavka(brokers.Kavka):
    title = "kavka"
    has_offsets_topic = True


class ApacheKafka(brokers.ApacheKafka):
    title = "Apache Kafka"
    has_offsets_topic = True

    def format(self):
        super().format()
        with open(self.folder / "server.properties", "a") as properties:
            properties.write("log.segment.delete.delay.ms=100\nlog.initial.task.delay.ms=100\n")

    def _java(self, main, *arguments):
        java, *rest = super()._java(main, *arguments)
        return [java, *SERVER_JVM, *(word for word in rest if not str(word).startswith(("-Xmx", "-XX:TieredStopAtLevel")))]


class Kfake(Started):
    title = name = "kfake"
    has_offsets_topic = False
    options = []

    def start(self):
        self.launch()
        self.await_leaders(timeout=30)
        return self

    def launch(self):
        """Starts it and does not wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.child = processes.start([*self.through, programs.kfake(), self.port, self.data_dir, *self.options], stdout=log, stderr=log,
                                         stdin=DEVNULL)


class SyncedKfake(Kfake):
    """It has no setting of a topic for that: it syncs every batch, or none."""
    options = ["synced"]


class Died(Exception):
    """A broker that was not there any more after a load."""


@contextlib.contextmanager
def standing(kinds):
    """A broker of every kind, started."""
    started = []
    try:
        for kind in kinds:
            started.append(kind())
            started[-1].start()
        yield started
    finally:
        for broker in started:
            broker.close()


class BrokerCpu:
    """CPU seconds of a broker between `with` and its end, the moment included in which it comes to rest."""

    def __init__(self, broker):
        self.broker, self.seconds = broker, 0.0

    def __enter__(self):
        self.before = cpu_seconds(self.broker.pid)
        return self

    def __exit__(self, failed, *_):
        if self.broker.child.poll() is not None:
            raise Died(f"{self.broker.title} ended with code {self.broker.child.returncode}: {self.broker.last_words()}")
        if not failed:
            time.sleep(0.1)
            self.seconds = cpu_seconds(self.broker.pid) - self.before
