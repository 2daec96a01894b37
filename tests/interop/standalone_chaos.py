#!/usr/bin/env python3
"""Standalone processes on one data directory, started, stopped and killed at random.

    tests/interop/standalone_chaos.py [--seconds 180] [--seed N]

Producers and consumers come and go (end of input, SIGTERM, SIGINT, kill -9; the host more often than the others). All
the while probes look at the directory: at no moment may two processes hold its lock or listen for it, and a Java
`FileChannel.tryLock` is refused while one does. A producer that is left alone must end with 0 and with every line
acknowledged, whoever hosted meanwhile. In the end Kafka clients of another kind read the directory, served by
`kavka broker start`: every record that `produce --print-acks` told of must be at its place. Before all that, and after
it, `topics --list` must leave the directory byte for byte.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from clients.kafka_python import KafkaPython  # noqa: E402
from harness import brokers, packages, processes  # noqa: E402
from harness.report import Report  # noqa: E402

TOPIC, PARTITIONS = "chaos", 3
MOST_AT_ONCE = 5
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


def main():
    parser = argparse.ArgumentParser(description="Standalone processes on one data directory, started, stopped and killed at random.")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    report = Report()
    report.note(f"seed {arguments.seed}")
    try:
        with tempfile.TemporaryDirectory(prefix="interop-chaos-") as folder:
            trial(Directory(Path(folder) / "data"), arguments, report)
    except Exception as failed:
        report.failed("standalone", "the trial itself", repr(failed))
    finally:
        processes.end_all()
    return report.close()


def trial(directory, arguments, report):
    judge = Judge(report)
    directory.run("topics", "--create", "--topic", TOPIC, "--partitions", PARTITIONS)
    judge(directory.changed_by_listing(), "topics --list leaves a new directory byte for byte")

    chaos = Chaos(directory, random.Random(arguments.seed))
    probes = Probes(directory, chaos)
    chaos.run_for(arguments.seconds)
    chaos.calm_down()
    probes.stop()
    report.note(f"{chaos.started['produce']} producers and {chaos.started['consume']} consumers; {probes.hosts_seen} hosts; ended by "
                f"{dict(chaos.ended)}; {probes.looks} looks at lock and listeners, {probes.refusals} tries of Java's lock")
    judge(probes.failures, "the probes looked to the end")
    judge(probes.two_locks, "one holder of the lock at any moment")
    judge(probes.two_listeners, "one listener at any moment")
    judge(probes.grants, "Java's tryLock is refused while there is a host")
    judge([] if probes.refusals else ["it was never tried"], "Java's tryLock was tried")
    judge(chaos.deserters, "who is left alone does its work")
    judge(directory.changed_by_listing(), "topics --list leaves a used directory byte for byte")

    acknowledged = chaos.acknowledged()
    report.note(f"{len(acknowledged)} records were reported as acknowledged")
    judge([] if len(acknowledged) > 100 else [f"only {len(acknowledged)}"], "records were acknowledged")
    judge(lost(acknowledged, directory.read_by_another_client()), "nothing acknowledged is lost")
    consumers = [actor for actor in chaos.past if isinstance(actor, Consumer)]
    judge([fault for consumer in consumers for fault in consumer.faults(acknowledged)], "consumers read on, without gaps and repetitions")
    report.note(f"the consumers wrote {sum(consumer.lines for consumer in consumers)} records")


def lost(acknowledged, read):
    found = {(record.partition, record.offset): record.value.decode() for record in read}
    return [f"{value} at {place}, where there is {found.get(place)}" for place, value in acknowledged.items() if found.get(place) != value]


class Judge:
    """A check is a list of faults: empty is good."""

    def __init__(self, report):
        self.report = report

    def __call__(self, faults, what):
        if faults:
            self.report.failed("standalone", what, f"{len(faults)}: {'; '.join(map(str, faults[:3]))}")
        else:
            self.report.passed("standalone", what)


class Directory:
    """A data directory and the commands on it."""

    def __init__(self, path):
        self.path = path

    def command(self, *words):
        return [packages.kavka(), *words, "--data-dir", self.path]

    def run(self, *words):
        done = processes.run(self.command(*words), timeout=60)
        if done.returncode:
            raise RuntimeError(f"kavka {' '.join(map(str, words))}: exit {done.returncode}, {done.stderr.decode()[-500:]}")
        return done.stdout

    def changed_by_listing(self):
        before = self.content()
        listed = self.run("topics", "--list").decode().split()
        after = self.content()
        changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        return changed if TOPIC in listed else [f"{TOPIC} is not listed: {listed}"]

    def content(self):
        """Name → digest of every file, name → None for folders."""
        return {str(path.relative_to(self.path)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
                for path in self.path.rglob("*")}

    def host(self):
        """The pid that the host file names, if there is one; it may be that of a host that was killed."""
        try:
            return json.loads((self.path / ".kavka-host").read_text())["pid"]
        except OSError:
            return None

    def read_by_another_client(self):
        broker, reader = brokers.Kavka(), KafkaPython()
        reader.PATIENCE = 600  # a million records, in Python
        broker.data_dir = self.path
        try:
            broker.start()
            reader.connect(broker.address)
            return reader.read(TOPIC)
        finally:
            broker.close()


class Chaos:
    """The processes, and the one who starts and ends them."""

    def __init__(self, directory, chance):
        self.directory, self.chance = directory, chance
        self.actors, self.past = [], []
        self.started, self.ended, self.deserters = Counter(), Counter(), []

    def run_for(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if len(self.actors) < 2 or (len(self.actors) < MOST_AT_ONCE and self.chance.random() < 0.6):
                self._start()
            else:
                self._end_one()
            self._notice_deserters()
            time.sleep(self.chance.choice([0.02, 0.1, 0.3, 0.8]))

    def _start(self):
        kind = self.chance.choice([Producer, Producer, Consumer])
        self.started[kind.name] += 1
        self.actors.append(kind(self.directory, sum(self.started.values()), self.chance.choice([0, 0.001, 0.01])))

    def _end_one(self):
        host = self.directory.host()
        hosting = [actor for actor in self.actors if actor.child.pid == host]
        actor = hosting[0] if hosting and self.chance.random() < 0.5 else self.chance.choice(self.actors)
        self._dismiss(actor)
        if isinstance(actor, Producer) and self.chance.random() < 0.4:
            self._finish(actor)
        else:
            how = self.chance.choice(SIGNALS)
            self.ended[how.name] += 1
            actor.end_by(how)

    def _finish(self, producer):
        """The end of its input: it must get all its lines through, though the host is killed right then."""
        self.ended["end of input"] += 1
        hosts = [actor for actor in self.actors if actor.child.pid == self.directory.host()]
        producer.stop_feeding()
        for host in hosts:
            self._dismiss(host)
            self.ended["SIGKILL"] += 1
            host.end_by(signal.SIGKILL)
        self.deserters += producer.finish()

    def _notice_deserters(self):
        for actor in [actor for actor in self.actors if actor.child.poll() is not None]:
            self._dismiss(actor)
            self.deserters.append(f"{actor} ended by itself with {actor.child.returncode}: {actor.last_words()}")

    def _dismiss(self, actor):
        """It acts no more, but may still have to end. In this order, so that no probe misses it."""
        self.past.append(actor)
        self.actors.remove(actor)

    def calm_down(self):
        for actor in list(self.actors):
            self._dismiss(actor)
            if isinstance(actor, Producer):
                actor.stop_feeding()
                self.deserters += actor.finish()
            else:
                actor.end_by(signal.SIGTERM)

    def acknowledged(self):
        """(partition, offset) → value, as the producers told."""
        return {place: value for actor in self.past if isinstance(actor, Producer) for place, value in actor.acknowledged().items()}


class Actor:
    name = ""

    def __init__(self, directory, number, words, **streams):
        self.number = number
        self.stderr = tempfile.TemporaryFile()
        self.child = processes.start(directory.command(*words), stderr=self.stderr, **streams)

    def __str__(self):
        return f"{self.name} {self.number}"

    def end_by(self, how):
        processes.end(self.child, how)

    def last_words(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")[-400:].strip()


class Producer(Actor):
    """`produce`, fed with numbered lines at some pace; what it says of acknowledgements is kept."""

    name = "produce"

    def __init__(self, directory, number, pause):
        self.told = tempfile.TemporaryFile()
        super().__init__(directory, number, ["produce", "--topic", TOPIC, "--print-acks"], stdin=subprocess.PIPE, stdout=self.told)
        self.pause, self.lines, self.enough = pause, 0, threading.Event()
        self.feeder = threading.Thread(target=self._feed, daemon=True)
        self.feeder.start()

    def _feed(self):
        at_once = 1 if self.pause else 500
        try:
            while not self.enough.is_set() and self.lines < 20_000:
                lines = range(self.lines + 1, self.lines + 1 + at_once)
                self.lines += at_once
                self.child.stdin.write("".join(f"{self.number}-{line}\n" for line in lines).encode())
                self.child.stdin.flush()
                time.sleep(self.pause)
            self.enough.wait()
            self.child.stdin.close()
        except OSError:
            pass  # it has been ended

    def stop_feeding(self):
        self.enough.set()
        self.feeder.join(30)

    def end_by(self, how):
        super().end_by(how)
        self.stop_feeding()

    def finish(self):
        """Faults of a producer that was left to end by itself."""
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            processes.end(self.child, signal.SIGKILL)
            return [f"{self} did not end within 60 s of the end of its input: {self.last_words()}"]
        told = len(self.acknowledged())
        if self.child.returncode or told != self.lines:
            return [f"{self} ended with {self.child.returncode}, {told} of {self.lines} lines acknowledged: {self.last_words()}"]
        return []

    def acknowledged(self):
        self.told.seek(0)
        whole = self.told.read().decode().split("\n")[:-1]  # a killed one may have written half a line
        acks = [json.loads(line) for line in whole]
        return {(ack["partition"], ack["offset"]): f"{self.number}-{ack['line']}" for ack in acks}


class Consumer(Actor):
    """`consume` from the beginning; what it wrote is kept."""

    name = "consume"

    def __init__(self, directory, number, _pause):
        self.told = tempfile.TemporaryFile()
        columns = [word for column in ("partition", "offset") for word in ("--formatter-property", f"print.{column}=true")]
        super().__init__(directory, number, ["consume", "--topic", TOPIC, "--from-beginning", *columns], stdin=subprocess.DEVNULL,
                         stdout=self.told)

    def faults(self, acknowledged):
        """Of each partition it must have written a beginning without gaps and repetitions, whoever hosted meanwhile."""
        self.told.seek(0)
        follows, self.lines = Counter(), 0
        for line in self.told:
            if not line.endswith(b"\n"):
                break  # it was ended within a line
            columns = line.decode().rstrip("\n").split("\t")
            partition, offset = (int(column.split(":")[1]) for column in columns[:2])
            self.lines += 1
            if offset != follows[partition]:
                return [f"{self} wrote offset {offset} of partition {partition} where {follows[partition]} follows"]
            if acknowledged.get((partition, offset), columns[2]) != columns[2]:
                return [f"{self} wrote {columns[2]} at {partition}, {offset}, where {acknowledged[partition, offset]} was acknowledged"]
            follows[partition] += 1
        return []


class Probes:
    """Looks at lock and listeners of all living processes, over and over, in a thread of its own."""

    def __init__(self, directory, chaos):
        self.lock, self.chaos = directory.path / ".lock", chaos
        self.two_locks, self.two_listeners, self.grants, self.failures = [], [], [], []
        self.looks = self.refusals = self.hosts_seen = 0
        self.java = processes.start(["java", packages.AGENTS / "TryLock.java", self.lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._look_until_done)
        self.thread.start()

    def stop(self):
        self.done.set()
        self.thread.join()
        processes.end(self.java)

    def _look_until_done(self):
        try:
            self._look()
        except Exception as failed:
            self.failures.append(repr(failed))

    def _look(self):
        last_holders, last_listeners, last_host = set(), set(), None
        while not self.done.is_set():
            holders, listeners = self._holders(), self._listeners()
            # A look takes a moment, in which one may go and the next come: what two looks in a row see is a fact.
            if len(both := holders & last_holders) > 1:
                self.two_locks.append(both)
            if len(both := listeners & last_listeners) > 1:
                self.two_listeners.append(both)
            if len(holders) == 1:
                [host] = holders
                self.hosts_seen += host != last_host
                last_host = host
                if self.looks % 20 == 0:
                    self._try_javas_lock(host)
            last_holders, last_listeners = holders, listeners
            self.looks += 1
            time.sleep(0.002)

    def _pids(self):
        """All that live, those too that are on their way out."""
        return [actor.child.pid for actor in [*self.chaos.past[-20:], *self.chaos.actors] if actor.child.returncode is None]

    def _holders(self):
        """The processes that have the lock, also on a file that has lost its name."""
        return {pid for pid in self._pids() if any(self._is_locked(pid, fd) for fd, target in open_files(pid)
                                                   if target.removesuffix(" (deleted)") == str(self.lock))}

    @staticmethod
    def _is_locked(pid, fd):
        try:
            return "lock:" in Path(f"/proc/{pid}/fdinfo/{fd}").read_text()
        except OSError:
            return False

    def _listeners(self):
        listening = set()
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            rows = (line.split() for line in Path(table).read_text().splitlines()[1:])
            listening |= {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
        return {pid for pid in self._pids() if any(target in listening for _, target in open_files(pid))}

    def _try_javas_lock(self, host):
        self.java.stdin.write(b"\n")
        self.java.stdin.flush()
        answer = self.java.stdout.readline().decode().strip()
        if host not in self._holders():
            return  # a change of hosts meanwhile: says nothing
        if answer == "refused":
            self.refusals += 1
        else:
            self.grants.append(f"{answer} while {host} was host")


def open_files(pid):
    found = []
    try:
        for fd in os.listdir(f"/proc/{pid}/fd"):
            found.append((fd, os.readlink(f"/proc/{pid}/fd/{fd}")))
    except OSError:
        pass  # it has gone
    return found


if __name__ == "__main__":
    sys.exit(main())
