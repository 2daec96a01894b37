"""The live run: transactional applications of several clients on one topic, while the broker is killed and comes back.

Each client has two processes: one of writers and a transformer, which is killed now and then too, and one of readers.
Some writers share a transactional id and fence each other. In the end everybody finishes in peace, and new readers read
it all once more.

Only with kavka do clients of the first and of the second protocol (KIP-890) share an id, too: Kafka 4.2.1 then gives a
fenced producer the epoch of the one that fenced it, when it takes the old one's EndTxn for a repetition, and commits
half of what that one has open.
"""

import json
import random
import signal
import time

import history
from clients.client import AgentClient, Failed
from clients.confluent import Confluent
from harness import brokers, java, packages, processes

PARTITIONS = 6
AGENTS = packages.TESTS / "interop" / "transactions" / "agents"
# How long everybody may take to finish, or to get any further, in seconds: beyond the transaction timeout and its check.
PATIENCE = 60
# Every so many kills of the broker, also the writers of a client are killed.
CLIENT_KILL = 6


class Rdkafka(AgentClient):
    name = "librdkafka"
    PATIENCE = 11 * PATIENCE

    def command(self):
        return [packages.python(), AGENTS / "rdkafka_agent.py"]


class Java(AgentClient):
    name = "Java"
    PATIENCE = 11 * PATIENCE

    def command(self):
        classes = packages.java_classes(AGENTS / "JavaActors.java")
        return ["java", "-Xmx192m", "-Xss512k", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *java.logging(), "-cp",
                f"{classes}:{packages.java_class_path()}", "JavaActors"]


class Crew:
    """The processes of one client."""

    def __init__(self, client, trial):
        self.client, self.name, self.trial = client, client.name, trial
        self.generation = 0
        self.files = []
        self.readers = self._process("readers")
        self.writers = None

    def _process(self, kind):
        agent = self.client()
        agent.connect(self.trial.broker.address)
        self._compare_clocks(agent)
        file = self.trial.folder / f"{self.name}-{kind}-{self.generation}.jsonl"
        self.files.append(file)
        agent.ask("stage_is", topic=self.trial.topic, partitions=PARTITIONS, history=str(file))
        return agent

    def _compare_clocks(self, agent):
        before, told, after = time.monotonic_ns(), agent.ask("clock"), time.monotonic_ns()
        if not before <= told <= after:
            raise Failed(f"{self.name}: its clock is not the machine's monotonic one: {told} is not within {before} and {after}")

    def read(self, name, plant=None):
        for isolation in ("read_committed", "read_uncommitted"):
            planted = {"plant": plant} if plant and isolation == "read_committed" else {}
            self.readers.ask("read", who=f"{self.name}-{name}-{isolation}", isolation=isolation, **planted)

    def write(self, own, shared, transformers, writer_plant=None, transformer_plant=None):
        """Own and shared: how many writers with an id of their own, and an id for each of those that share them."""
        self.parts = own, shared, transformers, writer_plant, transformer_plant
        self.generation += 1
        self.writers = self._process("writers")
        names = iter(range(1, 100))
        for number in range(own):
            planted = {"plant": writer_plant} if writer_plant and not number else {}
            self._add("write", f"writer-{next(names)}", id=f"{self.name}-{number}", **planted)
        for id in shared:
            self._add("write", f"writer-{next(names)}", id=id, shared=True)
        for number in range(transformers):
            planted = {"plant": transformer_plant} if transformer_plant and not number else {}
            self._add("transform", f"transformer-{number}", id=f"{self.name}-transformer-{number}", group=self.trial.group, **planted)

    def _add(self, op, name, **arguments):
        self.writers.ask(op, who=f"{self.name}-{self.generation}-{name}", **arguments)

    def kill_writers(self):
        """kill -9, and others in their place."""
        processes.end(self.writers.child, signal.SIGKILL)
        self.write(*self.parts)

    def close(self):
        for agent in filter(None, [self.readers, self.writers]):
            agent.close()


class Trial:
    def __init__(self, broker, folder, topic, say=print):
        self.broker, self.folder, self.topic, self.group, self.say = broker, folder, topic, f"{topic}-transformers", say
        self.crews, self.seconds_back, self.client_kills = [], [], 0
        self.tally = Tally()

    @property
    def kills(self):
        return len(self.seconds_back)

    def run(self, clients, kills, records, up=4.0, limit=540, own=3, transformers=1, mixed=False, plants=None):
        """At least so many kills of the broker, which is up for `up` seconds in between, and committed records; returns the history."""
        plants = plants or {}
        self._create_topic()
        self.crews += [Crew(client, self) for client in clients]
        try:
            for crew in self.crews:
                crew.read("reader", plants.get("reader"))
                shared = [f"{crew.name}-shared"] * (own - 1) + ["shared"] * mixed
                crew.write(own, shared, transformers, plants.get("writer"), plants.get("transformer"))
            self._break(kills, records, up, time.monotonic() + limit)
            self._finish()
        finally:
            for crew in self.crews:
                crew.close()
        return history.read(*self.files)

    def _create_topic(self):
        admin = Confluent()
        admin.connect(self.broker.address)
        try:
            admin.create_topic(self.topic, PARTITIONS)
        finally:
            admin.close()

    @property
    def files(self):
        return [file for crew in self.crews for file in crew.files]

    def told(self):
        """What was done to the broker and to the clients, for the summary."""
        back = sorted(self.seconds_back) or [0]
        return (f"{self.kills} times kill -9 of the broker, which was back after {back[len(back) // 2]:.1f} s ({back[-1]:.1f} s at most); "
                f"{self.client_kills} times kill -9 of a client's writers")

    def _break(self, kills, records, up, latest):
        while self.kills < kills or self.tally.committed(self.files) < records:
            if time.monotonic() > latest:
                return self.say(f"the time is over: {self.kills} kills, {self.tally.committed(self.files)} committed records")
            self._up_for(random.uniform(0.3, 1.7) * up)
            self._kill_broker()
            if self.kills % CLIENT_KILL == CLIENT_KILL - 1:
                self.crews[self.kills // CLIENT_KILL % len(self.crews)].kill_writers()
                self.client_kills += 1
        self._up_for(up)

    def _up_for(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.broker.runs:
                raise Failed(f"the broker ended by itself with {self.broker.child.returncode}: {self.broker.last_words()}")
            time.sleep(0.05)

    def _kill_broker(self):
        self.broker.kill()
        time.sleep(random.uniform(0, 0.5))
        took, _ = brokers.seconds(self.broker.start)
        self.seconds_back.append(took)

    def _finish(self):
        for crew in self.crews:
            crew.writers.ask("rest", kind="writers", seconds=PATIENCE)
        self._await_the_group()
        for crew in self.crews:
            crew.writers.ask("rest", kind="transformers", seconds=PATIENCE)
        ends = self._ends()
        self._note("run", "group end", group=self.group, ends=ends)
        for crew in self.crews:
            crew.read("late")
        for crew in self.crews:
            crew.readers.ask("read_to", ends=ends, seconds=PATIENCE)

    def _await_the_group(self):
        """Until it has read all, or gets no further. What one member wrote since the ends were asked for another may have
        begun to take: so two looks must show the same."""
        written, since, latest, before = 0, time.monotonic(), time.monotonic() + 5 * PATIENCE, None
        while True:
            ends, told = self._ends(), [each for crew in self.crews for each in crew.writers.ask("positions")]
            is_there = all(any(each.get(str(partition), -1) >= end for each in told) for partition, end in ends.items())
            if is_there and before == ends:
                return
            before = ends if is_there else None
            if (now := sum(file.stat().st_size for file in self.files)) > written:
                written, since = now, time.monotonic()
            if time.monotonic() > min(latest, since + PATIENCE):
                return self.say(f"the group does not come to the end, {ends}; it waits at {told}")
            time.sleep(0.2)

    def _ends(self):
        told = next(crew for crew in self.crews if crew.client is Rdkafka).readers.ask("ends")
        return {int(partition): end for partition, end in told.items()}

    def _note(self, who, did, **more):
        with open(self.files[0], "a") as out:
            out.write(json.dumps({"at": time.monotonic_ns(), "who": who, "did": did, **more}) + "\n")


class Tally:
    """How many records have been committed, from what the writers have recorded so far."""

    def __init__(self):
        self.read, self.sent, self.count = {}, {}, 0

    def committed(self, files):
        for file in files:
            with open(file, "rb") as lines:
                lines.seek(self.read.get(file, 0))
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    self.read[file] = self.read.get(file, 0) + len(line)
                    if b'"send"' in line or b'"committed"' in line:
                        self._take(json.loads(line))
        return self.count

    def _take(self, event):
        name = event["transaction"]
        if event["did"] == "send":
            self.sent[name] = self.sent.get(name, 0) + len(event["records"])
        elif event["did"] == "committed":
            self.count += self.sent.get(name, 0)
