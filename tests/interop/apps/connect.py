"""Kafka Connect, distributed: a file's lines through a topic into a file, with the worker and the broker stopped in between.

Its topics for configurations, offsets and status are made by the worker itself. `connect_once.py` is for exactly once.
"""

import json
import urllib.error
import urllib.request

from application import PATIENCE, Application, eventually, step, want
from program import java_program, versions
from harness import packages, processes
from harness.processes import until

MAIN = "org.apache.kafka.connect.cli.ConnectDistributed"
OWN_TOPICS = {"connect-configs": 1, "connect-offsets": 25, "connect-status": 5}


class Workers(Application):
    """What is the same for every use: workers, and their REST."""

    SETTINGS = {}

    def __init__(self, broker, folder):
        super().__init__(broker, folder)
        self.rest = [processes.free_port(), processes.free_port()]

    @classmethod
    def version(cls):
        return versions(packages.java_application("connect"), "connect-runtime", "connect-file")

    def _start_workers(self, *seats):
        """At once; in the order of their seats."""
        workers = [self._launch(seat) for seat in seats]
        for worker, seat in zip(workers, seats):
            until(lambda: self._answers(worker, seat), PATIENCE, "the worker's REST", pause=0.3)
        return workers

    def _launch(self, seat):
        text = "org.apache.kafka.connect.storage.StringConverter"
        settings = {"bootstrap.servers": self.broker.address, "group.id": "connect-cluster",
                    "listeners": f"http://127.0.0.1:{self.rest[seat]}", "key.converter": text, "value.converter": text,
                    "offset.flush.interval.ms": 1000, **self.SETTINGS}
        for topic, kind in (("connect-configs", "config"), ("connect-offsets", "offset"), ("connect-status", "status")):
            settings |= {f"{kind}.storage.topic": topic, f"{kind}.storage.replication.factor": 1}
        return self.run(java_program(packages.java_application("connect"), MAIN, self.properties(f"worker-{seat}", settings)))

    def _answers(self, worker, seat):
        if not worker.runs:
            want(worker.last_words(), "", "the worker ended")
        try:
            # Answered only by a worker that is in its group.
            return self._ask("/connectors", seat=seat) is not None
        except OSError:
            return False

    def _create(self, name, config):
        self._ask("/connectors", "POST", {"name": name, "config": {"tasks.max": "1", **config}})
        self._await_running(name)

    def _await_running(self, *names):
        for name in names:
            eventually(lambda: self._states(name), ["RUNNING", "RUNNING"], f"states of the {name}")

    def _states(self, name):
        """Of the connector and its task."""
        try:
            told = self._ask(f"/connectors/{name}/status")
        except urllib.error.HTTPError:
            return []  # not yet known
        return [told["connector"]["state"], *(task["state"] for task in told["tasks"])]

    def _ask(self, path, method="GET", body=None, seat=0):
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.rest[seat]}{path}", content, {"Content-Type": "application/json"},
                                         method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            content = answer.read()
        return json.loads(content) if content else None


class Connect(Workers):
    name = "connect"

    def __init__(self, broker, folder):
        super().__init__(broker, folder)
        self.written = []
        self.source, self.sink = folder / "source.txt", folder / "sink.txt"

    @step("the worker starts and makes its topics")
    def start(self):
        [self.worker] = self._start_workers(0)
        for topic, partitions in OWN_TOPICS.items():
            want(self.witness.partitions(topic), partitions, f"partitions of {topic}")
            want(self.witness.configs(topic)["cleanup.policy"], "compact", f"cleanup.policy of {topic}")

    @step("connectors are created over REST")
    def create(self):
        self._create("source", {"connector.class": "FileStreamSource", "file": str(self.source), "topic": "lines"})
        self._create("sink", {"connector.class": "FileStreamSink", "file": str(self.sink), "topics": "lines"})
        want(sorted(self._ask("/connectors")), ["sink", "source"], "connectors")

    @step("lines flow")
    def flow(self):
        self._write(1, 500)
        self._await_all()

    @step("and on after a restart of the worker")
    def after_worker(self):
        want(self.worker.stop(), 143, "the worker's exit code")
        self._write(501, 600)
        [self.worker] = self._start_workers(0)
        self._await_running("source", "sink")
        self._write(601, 700)
        self._await_all()

    @step("and on after an orderly restart of the broker")
    def after_stop(self):
        self.restart_broker()
        self._write(701, 800)
        self._await_all(once=False)

    @step("and on after kill -9 of the broker")
    def after_kill(self):
        self.restart_broker(kill=True)
        self._write(801, 900)
        self._await_all(once=False)
        self._await_running("source", "sink")

    @step("and on after a restart of both")
    def after_both(self):
        self.worker.stop()
        self.restart_broker()
        self._write(901, 1000)
        [self.worker] = self._start_workers(0)
        self._await_running("source", "sink")
        self._await_all(once=False)

    @step("a paused sink catches up when it is resumed")
    def pause(self):
        self._ask("/connectors/sink/pause", "PUT")
        eventually(lambda: self._states("sink"), ["PAUSED", "PAUSED"], "states of the sink")
        self._write(1001, 1100)
        self._ask("/connectors/sink/resume", "PUT")
        self._await_all(once=False)

    @step("connectors are deleted")
    def delete(self):
        for name in ("source", "sink"):
            self._ask(f"/connectors/{name}", "DELETE")
        eventually(lambda: self._ask("/connectors"), [], "connectors")
        want(self.worker.stop(), 143, "the worker's exit code")

    def _write(self, first, last):
        lines = [f"line {number}" for number in range(first, last + 1)]
        self.written += lines
        with open(self.source, "a") as source:
            source.write("".join(f"{line}\n" for line in lines))

    def _await_all(self, once=True):
        """Every line has come. Once and in order, unless a fault let the worker send or receive again (at least once)."""
        def come():
            lines = self.sink.read_text().splitlines() if self.sink.exists() else []
            return lines if once else list(dict.fromkeys(lines))
        eventually(come, self.written, "lines that came")
