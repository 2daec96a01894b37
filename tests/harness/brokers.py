"""The brokers that the suite is run against: kavka, Apache Kafka, or one that somebody else runs.

A broker here has an `address`, a `name`, and, if we started it, `stop`, `kill` and `start` on the same directory and
port. Kafka's own records of what it did are in `log` beside the data directory.
"""

import queue
import threading
import time
from subprocess import DEVNULL, PIPE

from harness import packages, processes
from harness.apache_kafka import ApacheKafka
from harness.started import NotReady, Started

__all__ = ["ApacheKafka", "Elsewhere", "Kavka", "NotReady", "named", "seconds"]

READY = b"kavka broker ready on "


class Elsewhere:
    """A broker at an address, started by somebody else."""

    name = "elsewhere"

    def __init__(self, address):
        self.address = address

    def close(self):
        pass


class Kavka(Started):
    """`kavka broker start` in the foreground."""

    name = "kavka"

    def __init__(self, folder=None, port=None, settings=None):
        super().__init__(folder, port)
        self.overrides = [word for key, value in (settings or {}).items() for word in ("--override", f"{key}={value}")]

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
                [*self.through, binary, "broker", "start", "--data-dir", self.data_dir, "--port", self.port, *self.overrides],
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


def named(which):
    """The broker that a command line names, started if it is one of ours: `kavka`, `kafka` (Apache's, in the version that
    kavka mirrors), `kafka@VERSION`, or HOST:PORT."""
    name, _, version = which.partition("@")
    if ":" in which:
        return Elsewhere(which)
    return ApacheKafka(version=version or None).start() if name == "kafka" else {"kavka": Kavka}[name]().start()


def seconds(action):
    """How long an action takes, and what it returns."""
    begun = time.monotonic()
    outcome = action()
    return time.monotonic() - begun, outcome
