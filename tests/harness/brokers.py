"""The brokers that the suite is run against: kavka, Apache Kafka, or one that somebody else runs.

A broker here has an `address`, a `name`, and, if we started it, `stop`, `kill` and `start` on the same directory and
port. Kafka's own records of what it did are in `log` beside the data directory.
"""

import queue
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path
from subprocess import DEVNULL, PIPE

from harness import packages, processes, wire

READY = b"kavka broker ready on "


class NotReady(Exception):
    """A broker that did not come up; carries the end of what it wrote."""


class Elsewhere:
    """A broker at an address, started by somebody else."""

    name = "elsewhere"

    def __init__(self, address):
        self.address = address

    def close(self):
        pass


class _Started:
    """What the brokers that we start have in common."""

    def __init__(self, folder=None):
        self.folder = Path(folder or tempfile.mkdtemp(prefix=f"interop-{self.name}-"))
        self.temporary = folder is None
        self.data_dir = self.folder / "data"
        self.log = self.folder / "log"
        self.port = processes.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.child = None

    @property
    def pid(self):
        return self.child.pid

    def stop(self):
        """An orderly stop; returns the exit code."""
        return processes.end(self.child)

    def kill(self):
        """kill -9, and the process is gone when this returns."""
        return processes.end(self.child, signal.SIGKILL)

    def close(self):
        """Ends the broker and removes its directory if it was a temporary one."""
        if self.child:
            self.stop()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def await_leaders(self, timeout):
        """Waits until Metadata is answered, with a leader for every partition."""
        def every_partition_has_a_leader():
            if self.child.poll() is not None:
                raise NotReady(f"{self.name} ended with code {self.child.returncode}: {self.last_words()}")
            try:
                topics = wire.metadata(self.address, timeout=2)
            except (OSError, ValueError):
                return False
            return all(leader >= 0 for topic in topics for _, leader, _ in topic.leaders.values())
        try:
            processes.until(every_partition_has_a_leader, timeout, f"{self.name} ready", pause=0.05)
        except TimeoutError as late:
            raise NotReady(f"{late}: {self.last_words()}") from None

    def last_words(self):
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else "(nothing written)"


class Kavka(_Started):
    """`kavka broker start` in the foreground."""

    name = "kavka"

    def start(self):
        self.launch()
        self._await_ready_line(timeout=30)
        return self

    def launch(self):
        """Starts it and does not wait."""
        binary = packages.kavka()
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.child = processes.start(
                [binary, "broker", "start", "--data-dir", self.data_dir, "--port", self.port],
                stdout=PIPE, stderr=log, stdin=DEVNULL)

    def _await_ready_line(self, timeout):
        """The ready line is a promise that is kept here: nothing else is waited for."""
        first = queue.Queue()
        threading.Thread(target=self._drain, args=(self.child.stdout, first), daemon=True).start()
        try:
            line = first.get(timeout=timeout)
        except queue.Empty:
            raise NotReady(f"no ready line within {timeout} s: {self.last_words()}") from None
        if line != READY + self.address.encode() + b"\n":
            raise NotReady(f"the first line is {line!r}: {self.last_words()}")

    @staticmethod
    def _drain(stdout, first):
        first.put(stdout.readline())
        while stdout.read(1 << 16):
            pass


class ApacheKafka(_Started):
    """Apache Kafka 4.2.1 from its jars: one process, broker and KRaft controller at once."""

    name = "kafka"
    HEAP = "-Xmx512m"

    def start(self):
        if not (self.data_dir / "meta.properties").exists():
            self.format()
        self.launch()
        self.await_leaders(timeout=90)
        return self

    def launch(self):
        """Starts it and does not wait."""
        with open(self.log, "ab") as log:
            self.child = processes.start(self._java("kafka.Kafka", self.folder / "server.properties"), stdout=log, stderr=log,
                                         stdin=DEVNULL)

    def format(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j2.yaml").write_text(LOG4J)
        controller = processes.free_port()
        (self.folder / "server.properties").write_text(PROPERTIES.format(
            port=self.port, controller=controller, data_dir=self.data_dir))
        done = processes.run(self._java("kafka.tools.StorageTool", "format", "-t", "aW50ZXJvcC1zdWl0ZS0wMQ",
                                        "-c", self.folder / "server.properties"))
        if done.returncode:
            raise NotReady(f"format: {done.stderr.decode(errors='replace')[-1500:]}")

    def _java(self, main, *arguments):
        return ["java", self.HEAP, "-XX:TieredStopAtLevel=1", f"-Dlog4j2.configurationFile={self.folder / 'log4j2.yaml'}",
                "-cp", packages.java_class_path(), main, *arguments]


# As on one machine for tests: internal topics with one replica, no waiting for a first group member, and short
# sessions between broker and controller, so that a killed broker may come back at once.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={data_dir}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""

LOG4J = """\
Configuration:
  Appenders:
    Console:
      name: Err
      target: SYSTEM_ERR
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        ref: Err
"""


def named(which):
    """The broker that a command line names: `kavka`, `kafka`, or HOST:PORT; started if it is one of ours."""
    if ":" in which:
        return Elsewhere(which)
    return {"kavka": Kavka, "kafka": ApacheKafka}[which]().start()


def seconds(action):
    """How long an action takes, and what it returns."""
    begun = time.monotonic()
    outcome = action()
    return time.monotonic() - begun, outcome
