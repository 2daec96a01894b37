"""Two members of a group consume, transform and produce exactly once, while the broker is killed every few seconds.

One application per client: franz-go with its GroupTransactSession, librdkafka with send_offsets_to_transaction, spring-kafka
with its KafkaTransactionManager. The input grows all the while; in the end each of its records must have come out once, as a
read_committed consumer sees it, and those of one key in their order.
"""

import json
import random
import re
import time
from collections import defaultdict

from application import PATIENCE, Application, eventually, step, want
from once import difference
from program import Program
from harness import packages, processes

IN, OUT, GROUP = "raw", "transformed", "transformers"
PARTITIONS, RATE = 4, 500


class Transformers(Application):
    MEMBERS = 2

    def member(self, seat):
        """Starts a member."""
        raise NotImplementedError

    @step("two members share the work")
    def begin(self):
        self.witness.create_topic(IN, PARTITIONS)
        self.witness.create_topic(OUT, 3)
        self.feed = self.run(Program("feed", [packages.python(), packages.AGENTS / "feed_agent.py", self.broker.address, IN, PARTITIONS,
                                              RATE]))
        self.members = [self.run(self.member(seat)) for seat in range(self.MEMBERS)]
        self._await_more(self.members)

    @step("through three kills -9 of the broker")
    def kills(self):
        self._kill(3)

    @step("through kill -9 of a member, which is started again")
    def member_killed(self):
        want(self.members[0].kill(), -9, "exit code of a member when killed")
        self.members[0] = self.run(self.member(0))
        self._await_more(self.members)

    @step("through twenty kills -9 of the broker more", only_in_full=True)
    def more_kills(self):
        self._kill(20)

    @step("all is transformed when no more comes")
    def drain(self):
        want(self.feed.stop(), 0, f"exit code of the feed ({self.feed.last_words()})")
        fed = json.loads(self.feed.lines[-1])["fed"]
        ends = {partition: len(range(partition, fed, PARTITIONS)) for partition in range(PARTITIONS)}
        eventually(lambda: self.witness.committed(GROUP, IN), ends, "committed offsets")
        for member in self.members:
            self.end(member)

    @step("each record once, and those of a key in order")
    def compare(self):
        fed = json.loads(self.feed.lines[-1])["fed"]
        read, written = (by_key(self.witness.read(topic)) for topic in (IN, OUT))
        want(difference(list(map(str, range(fed))), sorted(sum(read.values(), []), key=int)), "", "what was fed, as it is stored")
        for key in read.keys() | written.keys():
            want(difference([f"{value}'" for value in read[key]], written[key]), "", f"the records of key {key}")

    def end(self, member):
        want(member.stop(), 0, f"exit code of a member ({member.last_words()})")

    def _kill(self, times):
        for _ in range(times):
            time.sleep(random.uniform(0, 3))
            self.restart_broker(kill=True)
            self._await_more(self.members)

    def _await_more(self, members):
        """Each of these has committed transactions since now."""
        for member in members:
            wanted = self.committed(member) + RATE
            member.await_that(lambda: self.committed(member) >= wanted, PATIENCE, f"{wanted} records committed")

    @staticmethod
    def committed(member):
        """How many records a member has told that it has transformed."""
        return sum(json.loads(line)["committed"] for line in list(member.lines) if line.startswith('{"committed"'))


class Librdkafka(Transformers):
    name = "transform-librdkafka"

    @classmethod
    def version(cls):
        told = processes.run([packages.python(), "-c", "import confluent_kafka as c; print(c.__version__, c.libversion()[0])"])
        return "confluent-kafka {}, librdkafka {}".format(*told.stdout.decode().split())

    @staticmethod
    def command():
        return [packages.python(), packages.AGENTS / "transform_agent.py"]

    def member(self, seat):
        return Program(f"member {seat}", [*self.command(), self.broker.address, GROUP, IN, OUT, f"transformer-{seat}"])


class FranzGo(Librdkafka):
    name = "transform-franz-go"

    @classmethod
    def version(cls):
        packages.go_program("transform")
        return re.search(r"twmb/(franz-go v\S+)", (packages.AGENTS / "golang/go.mod").read_text())[1]

    @staticmethod
    def command():
        return [packages.go_program("transform")]


def by_key(records):
    """key → values, in order; a key has one partition in each topic."""
    found = defaultdict(list)
    for record in records:
        found[record.key].append(record.value.decode())
    return found
