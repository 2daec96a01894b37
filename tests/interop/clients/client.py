"""What the suite can ask of a client: the words in which every cell is written.

A client implements what it has; what it leaves out answers `NotToBeHad` with the reason. That reason is always
written down by hand in the client's file, never concluded from a failure: a plugin that is missing is a failure.
"""

import base64
import json
import queue
import subprocess
import threading
from dataclasses import dataclass

from harness import processes


class NotToBeHad(Exception):
    """This client has no such thing."""


class Failed(Exception):
    """The client reported an error, or did not answer in time."""


@dataclass
class Record:
    value: bytes | None
    key: bytes | None = None
    headers: tuple = ()  # of (name, bytes or None)
    timestamp: int | None = None
    partition: int | None = None
    offset: int | None = None


@dataclass
class Group:
    state: str
    shares: list  # of the partitions that each member has, as sets


class Member:
    """One consumer in a group. It reads from the beginning where nothing was committed, and commits by itself."""

    def share(self):
        """The partitions that it has now, as a set."""
        raise NotImplementedError

    def received(self):
        """The records that it has received so far."""
        raise NotImplementedError

    def leave(self):
        """Commits and leaves the group."""
        raise NotImplementedError


class Client:
    name = ""
    version = ""
    engine = ""  # the implementation of the protocol beneath it, for choosing an independent witness
    snappy = ""  # the framing that it writes: "raw" or "xerial"
    carries_bytes = True  # keys and values that are no UTF-8
    writes_null_headers = True
    interleaves_headers = True  # keeps the order of headers also where a name comes back after another

    def connect(self, address):
        """Makes ready for a broker. Called once, before all else."""
        raise NotImplementedError

    def close(self):
        """Ends the client's processes."""

    def _no(self, what):
        raise NotToBeHad(f"{self.name} has no {what}")

    def produce(self, topic, records, codec="none", acks="all", idempotent=False):
        """Produces in the order given and waits for the acknowledgements. Returns [(partition, offset)], or None from
        a client that does not tell. `idempotent=False` leaves it to the client's default."""
        self._no("producer")

    def read(self, topic, partition=None, start=0):
        """Every record from an offset up to the end that the log has now; of all partitions or of one."""
        self._no("consumer")

    def join(self, group, topic):
        """A new Member of a group that subscribes to a topic."""
        self._no("consumer groups")

    def offsets_at(self, topic, timestamp):
        """Partition → the first offset with at least that timestamp, None where there is none."""
        self._no("look-up of offsets by timestamp")

    def commit(self, group, topic, offsets):
        """Commits partition → offset for a group without members."""
        self._no("commit of chosen offsets")

    def committed(self, group, topic):
        """Partition → committed offset, for the partitions that have one."""
        self._no("look-up of committed offsets")

    def create_topic(self, topic, partitions=1, configs=None):
        self._no("creation of topics")

    def topics(self):
        """The names of all topics."""
        self._no("list of topics")

    def partitions(self, topic):
        """How many partitions a topic has; 0 when there is no such topic."""
        self._no("description of topics")

    def delete_topic(self, topic):
        self._no("deletion of topics")

    def configs(self, topic):
        """Name → value of a topic's configs, defaults among them or not."""
        self._no("description of configs")

    def set_config(self, topic, name, value):
        self._no("change of configs")

    def grow(self, topic, partitions):
        """Adds partitions up to a count."""
        self._no("creation of partitions")

    def groups(self):
        """The ids of all groups."""
        self._no("list of groups")

    def describe_group(self, group):
        self._no("description of groups")

    def delete_group(self, group):
        self._no("deletion of groups")

    def delete_records(self, topic, partition, before):
        """Deletes the records below an offset; returns the partition's new first offset, or None."""
        self._no("deletion of records")


class AgentClient(Client):
    """A client library, driven through a small program of ours in the library's own language.

    The program reads one JSON object a line, `{"op": …, arguments}`, and answers each with one: `{"ok": …}`,
    `{"error": text}` or `{"unavailable": reason}`. Bytes travel in base64. Its answer to `hello` is its version.
    """

    PATIENCE = 60

    def command(self):
        """The command line of the program; the broker's address is appended."""
        raise NotImplementedError

    def connect(self, address):
        self.stderr = []
        self.child = processes.start([*self.command(), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.answers = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        threading.Thread(target=self._overhear, daemon=True).start()
        self.version = self.ask("hello")

    def close(self):
        processes.end(self.child, patience=5)

    def ask(self, op, **arguments):
        self.child.stdin.write(json.dumps({"op": op, **arguments}).encode() + b"\n")
        self.child.stdin.flush()
        try:
            answer = json.loads(self.answers.get(timeout=self.PATIENCE))
        except queue.Empty:
            self.child.kill()
            raise Failed(f"{op}: no answer within {self.PATIENCE} s; {self._heard()}") from None
        if "unavailable" in answer:
            raise NotToBeHad(answer["unavailable"])
        if "error" in answer:
            raise Failed(f"{op}: {answer['error']}")
        return answer["ok"]

    def _listen(self):
        for line in self.child.stdout:
            self.answers.put(line)
        self.answers.put(json.dumps({"error": f"the client ended; {self._heard()}"}))

    def _overhear(self):
        for line in self.child.stderr:
            self.stderr = [*self.stderr[-20:], line.decode(errors="replace")]

    def _heard(self):
        return "its stderr: " + "".join(self.stderr)[-800:]

    def produce(self, topic, records, codec="none", acks="all", idempotent=False):
        told = self.ask("produce", topic=topic, codec=codec, acks=acks, idempotent=idempotent, records=[packed(record) for record in records])
        return told and [tuple(place) for place in told]

    def read(self, topic, partition=None, start=0):
        return [unpacked(record) for record in self.ask("read", topic=topic, partition=partition, start=start)]

    def join(self, group, topic, **options):
        """`options` are the client's own; not every agent has any."""
        return AgentMember(self, self.ask("join", group=group, topic=topic, **({"options": options} if options else {})))

    def offsets_at(self, topic, timestamp):
        return by_partition(self.ask("offsets_at", topic=topic, timestamp=timestamp))

    def commit(self, group, topic, offsets):
        self.ask("commit", group=group, topic=topic, offsets=offsets)

    def committed(self, group, topic):
        return by_partition(self.ask("committed", group=group, topic=topic))

    def create_topic(self, topic, partitions=1, configs=None):
        self.ask("create_topic", topic=topic, partitions=partitions, configs=configs or {})

    def topics(self):
        return set(self.ask("topics"))

    def partitions(self, topic):
        return self.ask("partitions", topic=topic)

    def delete_topic(self, topic):
        self.ask("delete_topic", topic=topic)

    def configs(self, topic):
        return self.ask("configs", topic=topic)

    def set_config(self, topic, name, value):
        self.ask("set_config", topic=topic, name=name, value=value)

    def grow(self, topic, partitions):
        self.ask("grow", topic=topic, partitions=partitions)

    def groups(self):
        return set(self.ask("groups"))

    def describe_group(self, group):
        told = self.ask("describe_group", group=group)
        return Group(told["state"], [set(share) for share in told["shares"]])

    def delete_group(self, group):
        self.ask("delete_group", group=group)

    def delete_records(self, topic, partition, before):
        return self.ask("delete_records", topic=topic, partition=partition, before=before)


class AgentMember(Member):
    def __init__(self, client, number):
        self.client, self.number = client, number

    def share(self):
        return set(self.client.ask("share", member=self.number))

    def received(self):
        return [unpacked(record) for record in self.client.ask("received", member=self.number)]

    def leave(self):
        self.client.ask("leave", member=self.number)


def packed(record):
    return {"value": _text(record.value), "key": _text(record.key), "timestamp": record.timestamp, "partition": record.partition,
            "headers": [[name, _text(value)] for name, value in record.headers]}


def unpacked(told):
    return Record(_bytes(told["value"]), _bytes(told["key"]), tuple((name, _bytes(value)) for name, value in told["headers"]),
                  told["timestamp"], told["partition"], told["offset"])


def by_partition(told):
    """JSON has only text for keys."""
    return {int(partition): offset for partition, offset in told.items()}


def _text(content):
    return None if content is None else base64.b64encode(content).decode()


def _bytes(text):
    return None if text is None else base64.b64decode(text)
