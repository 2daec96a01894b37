"""The smoke test of Kafka Streams' own system tests: its driver produces for a minute and a half while its clients aggregate
and join, and at the end it compares every result with what it produced.

At least once: one client, the broker is restarted and killed. Exactly once (exactly_once_v2): two clients, which are
stopped and killed themselves; then also every record must have been processed once, which the driver only remarks on.
"""

import itertools

from application import PATIENCE, Application, step, want
from program import Unexpected, java_program, versions
from harness import packages
from harness.processes import until

MAIN = "org.apache.kafka.streams.tests.StreamsSmokeTest"
TOPICS = ["data", "echo", "fk", "min", "min-suppressed", "min-raw", "max", "sum", "sws-raw", "sws-suppressed", "dif", "cnt", "avg", "wcnt",
          "tagg"]
PRODUCED = 20_000


class Smoke(Application):
    GUARANTEE = ""
    LONG = 420

    @classmethod
    def version(cls):
        return versions(packages.java_application("streams"), "kafka-streams")

    def _begin(self, clients):
        for topic in TOPICS:
            self.witness.create_topic(topic, 5)
        self.clients = [None] * clients
        for seat in range(clients):
            self._start_client(seat)
        self.driver = self._run("driver", "run")

    def _start_client(self, seat):
        """In a state directory that is its own, where it finds what was left of the one before."""
        self.clients[seat] = self._run(f"client-{seat}", "process")
        self.clients[seat].await_line("SMOKE-TEST-CLIENT-STARTED", PATIENCE)

    def _run(self, name, command):
        settings = {"bootstrap.servers": self.broker.address, "processing.guarantee": self.GUARANTEE, "state.dir": self.folder / name,
                    "session.timeout.ms": 6000}
        return self.run(java_program(packages.java_application("streams"), MAIN, self.properties(name, settings), command, heap="384m"))

    def _await_produced(self, count):
        self.driver.await_line(rf"^\S+ {count} records produced", PATIENCE)

    def _await_processed(self):
        """Some hundreds of records more: clients tell of every hundredth of a task and topic."""
        before = self._processed()
        try:
            until(lambda: self._processed() >= before + 3, PATIENCE, "more is processed", pause=0.1)
        except TimeoutError as late:
            raise Unexpected(f"{late}; {' '.join(client.last_words() for client in self.clients)}") from None

    def _processed(self):
        return sum("records from topic=" in line for client in self.clients for line in list(client.lines))

    def _produced(self):
        told = [line.split()[1] for line in list(self.driver.lines) if line.endswith(" records produced")]
        return int(told[-1])

    def _verdict(self):
        want(self.driver.finish(self.LONG), 0, f"the driver's exit code ({self.driver.last_words()})")
        want(self.driver.lines[-1], "SUCCESS", "the driver's last line")
        for client in self.clients:
            client.stop()
            want([line for line in client.lines if "SMOKE-TEST-CLIENT-CLOSED" in line] != [], True, "the client has closed")
        want([line for program in self.programs for line in program.lines if "SMOKE-TEST-CLIENT-EXCEPTION" in line], [],
             "exceptions of clients")


class SmokeTest(Smoke):
    name = "smoke-test"
    GUARANTEE = "at_least_once"

    @step("verified by its driver, through a restart and kill -9 of the broker")
    def smoke_test(self):
        self._begin(clients=1)
        self._await_produced(500)
        self.restart_broker()
        self._await_produced(1500)
        self.restart_broker(kill=True)
        self._verdict()


class SmokeTestOnce(Smoke):
    name = "smoke-test-exactly-once"
    GUARANTEE = "exactly_once_v2"

    @step("two clients process what the driver produces")
    def begin(self):
        self._begin(clients=2)
        self._await_produced(1000)
        self._await_processed()

    @step("through kill -9 of a client")
    def client_killed(self):
        want(self.clients[0].kill(), -9, "exit code when killed")
        self._start_client(0)
        self._await_processed()

    @step("through kill -9 of the broker")
    def broker_killed(self):
        self.restart_broker(kill=True)
        self._await_processed()

    @step("through a restart of the other client, and of the broker")
    def stopped(self):
        want(self.clients[1].stop(), 143, "exit code when stopped")
        self._start_client(1)
        self.restart_broker()
        self._await_processed()

    @step("through kill -9 of the broker and of each client in turn, while there is more to come", only_in_full=True)
    def more(self):
        for round in itertools.count():
            self.restart_broker(kill=True)
            self._await_processed()
            self.clients[round % 2].kill()
            self._start_client(round % 2)
            if self._produced() > PRODUCED - 2_000:
                return

    @step("through kill -9 of the broker and of both clients at once")
    def all_killed(self):
        for client in self.clients:
            client.kill()
        self.restart_broker(kill=True)
        for seat in range(len(self.clients)):
            self._start_client(seat)

    @step("verified by its driver, and each record processed once")
    def verified(self):
        self._verdict()
        want([line for line in self.driver.lines if line.startswith("PROCESSED-")], [], "remarks of the driver")
        want("ALL-RECORDS-DELIVERED" in self.driver.lines, True, "the driver has seen every record")
