"""What a scene plays on: a cluster, our commands under both kinds of names, and Apache's own tools of the version that
kavka mirrors, on the same state."""

import difflib
import itertools
import json
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

from harness import java, packages, processes, wire


class Wrong(AssertionError):
    """Something else than wanted was found."""


@dataclass
class Done:
    words: list
    exit: int
    out: str
    err: str
    seconds: float

    def must(self, exit=0):
        if self.exit != exit:
            raise Wrong(f"{self}: exit {self.exit} and not {exit}: {(self.err or self.out)[-400:]!r}")
        return self

    def __str__(self):
        return " ".join(self.words)


class Stage:
    def __init__(self, cluster, oracle):
        self.cluster, self.oracle = cluster, oracle
        self.binary, self.numbers = packages.kavka(), itertools.count(1)
        self.running = []

    def name(self, what="topic"):
        """A new name; all of one kind are of equal length."""
        return f"{what}-{next(self.numbers):04}"

    # Our commands.

    def kavka(self, *words, stdin=None, within=60, servers=None):
        """One of kavka's commands under its own name, or, when the first word is a script of Apache's, under that one."""
        words = [*map(str, words), "--bootstrap-server", servers or self.cluster.address]
        begun = time.monotonic()
        try:
            done = processes.run([self.binary, *words], stdin=None if stdin is None else stdin.encode(), timeout=within)
        except subprocess.TimeoutExpired:
            raise Wrong(f"{' '.join(words)}: not done within {within} s") from None
        return Done(words, done.returncode, done.stdout.decode(), done.stderr.decode(), time.monotonic() - begun)

    def rows(self, *words):
        """What a command answers, as `--output jsonl` says it."""
        return [json.loads(line) for line in self.kavka(*words, "--output", "jsonl").must().out.splitlines()]

    def start(self, *words):
        """A command that goes on; ended with the scene at the latest."""
        started = Going(self.binary, [*map(str, words), "--bootstrap-server", self.cluster.address])
        self.running.append(started)
        return started

    # Apache's tools.

    def apache(self, script, *words, stdin=None):
        words = [*map(str, words), "--bootstrap-server", self.cluster.address]
        begun = time.monotonic()
        exit_code, out, err = self.oracle.start(java.main_class(script), *words, stdin=None if stdin is None else stdin.encode()).wait()
        return Done([script, *words], exit_code, out, err, time.monotonic() - begun)

    def same(self, script, *words, stdin=None, unordered=False):
        """Both tools say the same of the same state; what they say is returned. `unordered`: Java prints in the order of
        a hash table."""
        ours, theirs = self.kavka(script, *words, stdin=stdin), self.apache(script, *words, stdin=stdin)
        self.agree(ours, theirs, unordered)
        return ours.out

    def same_soon(self, script, *words, within=10):
        """The same, of what the brokers tell each other in the background."""
        deadline = time.monotonic() + within
        while True:
            try:
                return self.same(script, *words)
            except Wrong:
                if time.monotonic() > deadline:
                    raise

    def alike(self, script, words, stdin=None):
        """Both tools do the same thing, each to a thing of its own: `words` of a name. Returns the names."""
        mine, other = self.name(), self.name()
        ours, theirs = self.kavka(script, *words(mine), stdin=stdin), self.apache(script, *words(other), stdin=stdin)
        theirs.out, theirs.err = theirs.out.replace(other, mine), theirs.err.replace(other, mine)
        self.agree(ours, theirs)
        return mine, other

    def agree(self, ours, theirs, unordered=False):
        for done in (ours, theirs):
            done.err = WAITS.sub("", REPEATS.sub("", done.err if self.is_whole() else UNREACHED.sub("", done.err)))
        mine, apaches = (said(done, unordered) for done in (ours, theirs))
        if mine != apaches:
            found = [line for line in difflib.unified_diff(apaches, mine, "apache", "kavka", lineterm="", n=0)][2:]
            raise Wrong(f"{ours}: differs from Apache's: {found}")

    def is_whole(self):
        return all(node.runs for node in self.cluster.nodes)

    # The state.

    def create(self, partitions=1, replicas=None, **configs):
        """A new topic, on every node."""
        topic = self.name()
        settings = [word for key, value in configs.items() for word in ("--config", f"{key.replace('_', '.')}={value}")]
        self.kavka("topics", "--create", "--topic", topic, "--partitions", partitions,
                   "--replication-factor", replicas or min(3, len(self.cluster.nodes)), *settings).must()
        self.await_in_sync(topic, replicas or min(3, len(self.cluster.nodes)))
        return topic

    def fill(self, topic, count, first=0):
        self.kavka("produce", "--topic", topic, "--acks", "all", stdin=lines(first, count)).must()

    def places(self, topic, node=None):
        """partition → Place, as a node knows it."""
        told = node or next(node for node in self.cluster.nodes if node.runs)
        found = [each.places for each in wire.cluster(told.address).topics if each.name == topic]
        return found[0] if found else {}

    def await_in_sync(self, topic, count):
        """Waits until every node knows every partition to be led and to have so many replicas in sync."""
        def so(node):
            places = self.places(topic, node).values()
            return places and all(place.leader >= 0 and len(place.in_sync) == count for place in places)
        running = [node for node in self.cluster.nodes if node.runs]
        processes.until(lambda: all(so(node) for node in running), 40, f"{topic} with {count} in sync", pause=0.1)

    def kill_leader(self, topic, partition=0):
        node = self.cluster.leader(topic, partition)
        node.kill()
        return node

    def read(self, topic, *words):
        """Every record of a topic, by kavka, as (partition, offset, value)."""
        told = self.rows("consume", "--topic", topic, "--from-beginning", "--until-end", *words)
        return [(row["partition"], row["offset"], row["value"]) for row in told]

    def clear(self):
        """After a scene: nothing of it runs, and every node does."""
        for going in self.running:
            going.end(signal.SIGKILL)
        self.running.clear()
        if not self.is_whole():
            self.cluster.start()


class Going:
    """A command of ours that has not ended; its stdout as lines, as they come."""

    def __init__(self, binary, words):
        self.words, self.lines, self.errors = words, [], []
        self.child = processes.start([binary, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for pipe, kept in ((self.child.stdout, self.lines), (self.child.stderr, self.errors)):
            threading.Thread(target=self._listen, args=(pipe, kept), daemon=True).start()

    @staticmethod
    def _listen(pipe, kept):
        for line in pipe:
            kept.append(line.decode().rstrip("\n"))

    def say(self, text):
        self.child.stdin.write(text.encode())
        self.child.stdin.flush()

    def await_lines(self, count, timeout=30):
        try:
            processes.until(lambda: len(self.lines) >= count or self.child.poll() is not None, timeout, "lines")
        except TimeoutError:
            pass
        if len(self.lines) < count:
            raise Wrong(f"{' '.join(self.words)}: {len(self.lines)} of {count} lines came; {' '.join(self.errors)[-400:]!r}")

    def rows(self):
        return [json.loads(line) for line in self.lines]

    def wait(self, within=60):
        """Ends its input and waits for its end; returns the exit code."""
        self.child.stdin.close()
        try:
            self.child.wait(within)
        except subprocess.TimeoutExpired:
            raise Wrong(f"{' '.join(self.words)}: not done within {within} s") from None
        return processes.end(self.child)

    def end(self, how=signal.SIGINT):
        return processes.end(self.child, how)


TIME = re.compile(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]", re.M)
# kavka prints a Java stack trace's first line only.
FRAMES = re.compile(r"^(?:\tat |Caused by: |\t\.\.\. ).*\n", re.M)
# Which address Java's client tries first is chance; of one that is down it says so, and goes on to the next.
UNREACHED = re.compile(r"^\[[^]]*\] WARN \[.*\] (?:Connection to node|Bootstrap broker) .*\(\S+\.NetworkClient\)\n", re.M)
# It tells of each repetition of a request, librdkafka only of the end.
REPEATS = re.compile(r"^\[[^]]*\] WARN \[.*\] Got error produce response .* retrying \(\d+ attempts left\).*\n", re.M)
# How often it asks for the metadata of a new topic, and what it is told, is a matter of milliseconds.
WAITS = re.compile(r"^\[[^]]*\] WARN \[.*\] The metadata response from the cluster reported a recoverable issue .*\n", re.M)


def said(done, unordered):
    def part(text):
        told = FRAMES.sub("", TIME.sub("[(time)]", text)).splitlines()
        return sorted(told) if unordered else told
    return ["stdout:", *part(done.out), "stderr:", *part(done.err), f"exit {done.exit}"]


def lines(first, count):
    return "".join(f"line {number:06}\n" for number in range(first, first + count))


def want(found, wanted, what):
    if found != wanted:
        raise Wrong(f"{what}: {str(found)[:300]} and not {str(wanted)[:300]}")


def soon(done, limit):
    """Whoever waits at a terminal was answered in time."""
    if done.seconds > limit:
        raise Wrong(f"{done}: took {done.seconds:.1f} s, wanted {limit} s")
    return done
