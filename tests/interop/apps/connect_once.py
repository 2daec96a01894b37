"""Kafka Connect with exactly.once.source.support: two workers, two file sources that grow all the while, and kills of both
the workers and the broker. A read_committed consumer must find each line of each file once, and in order.

One source ends a transaction with each poll, the other with each interval. A worker that takes a task over fences the
transactional id of the one that had it.
"""

import threading

from application import PATIENCE, step, want
from connect import Workers
from once import difference
from harness.processes import until

TRANSACTIONS = {"polled": {"transaction.boundary": "poll"},
                "timed": {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "300"}}
EVERY, AT_ONCE = 0.1, 5  # seconds, lines
NO_LIMIT = 100_000  # of a batch: what the connector has read beyond a batch it keeps until the file grows again


class ConnectOnce(Workers):
    name = "connect-exactly-once"
    SETTINGS = {"exactly.once.source.support": "enabled", "scheduled.rebalance.max.delay.ms": 1000, "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 1000}

    @step("two workers start")
    def start(self):
        self.workers = self._start_workers(0, 1)

    @step("two sources flow")
    def flow(self):
        self.files = {name: Growing(self.folder / f"{name}.txt") for name in TRANSACTIONS}
        for name, transactions in TRANSACTIONS.items():
            self.witness.create_topic(name)
            self._create(name, {"connector.class": "FileStreamSource", "file": str(self.files[name].path), "topic": name,
                                "batch.size": NO_LIMIT, "exactly.once.support": "required", **transactions})
        self._await_more()

    @step("and on after kill -9 of the broker")
    def broker_killed(self):
        self.restart_broker(kill=True)
        self._await_more()

    @step("and on after kill -9 of a worker: the other takes over, and it comes back")
    def worker_killed(self):
        self._kill(0)
        self._await_more()
        [self.workers[0]] = self._start_workers(0)
        self._await_more()

    @step("and on after a restart of the other worker, and of the broker")
    def restarted(self):
        want(self.workers[1].stop(), 143, "the worker's exit code")
        self.restart_broker()
        [self.workers[1]] = self._start_workers(1)
        self._await_more()

    @step("and on after eight kills more, of the broker and of each worker in turn", only_in_full=True)
    def more(self):
        for number in range(8):
            if number % 2:
                self.restart_broker(kill=True)
            else:
                seat = number // 2 % 2
                self._kill(seat)
                [self.workers[seat]] = self._start_workers(seat)
            self._await_more()

    @step("and after kill -9 of all three")
    def all_killed(self):
        for seat in (0, 1):
            self._kill(seat)
        self.restart_broker(kill=True)
        self.workers = self._start_workers(0, 1)
        self._await_more()

    @step("each line has come once, and in order")
    def compare(self):
        for growing in self.files.values():
            growing.finish()
        for name, growing in self.files.items():
            until(lambda: len(self._come(name)) >= len(growing.lines), PATIENCE, f"all lines of {name}", pause=0.5)
            want(difference(growing.lines, self._come(name)), "", f"the lines of {name}")

    @step("the sources are deleted")
    def delete(self):
        for name in TRANSACTIONS:
            self._ask(f"/connectors/{name}", "DELETE")
        until(lambda: not self._ask("/connectors"), PATIENCE, "no connectors", pause=0.2)
        for worker in self.workers:
            want(worker.stop(), 143, "the worker's exit code")

    def _kill(self, seat):
        want(self.workers[seat].kill(), -9, "exit code of a worker when killed")

    def _await_more(self):
        """What each file holds now has come."""
        for name, growing in self.files.items():
            wanted = len(growing.lines)
            until(lambda: len(self._come(name)) >= wanted, PATIENCE, f"{wanted} lines of {name}", pause=0.3)

    def _come(self, topic):
        return [record.value.decode() for record in self.witness.read(topic)]

    def close(self):
        for growing in getattr(self, "files", {}).values():
            growing.finish()
        super().close()


class Growing(threading.Thread):
    """A file to which lines are written until it is finished."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.lines, self.finished = path, [], threading.Event()
        path.touch()
        self.start()

    def run(self):
        with open(self.path, "a") as out:
            while not self.finished.wait(EVERY):
                fresh = [f"line {len(self.lines) + number}" for number in range(AT_ONCE)]
                out.write("".join(f"{line}\n" for line in fresh))
                out.flush()
                self.lines += fresh

    def finish(self):
        self.finished.set()
        self.join()
