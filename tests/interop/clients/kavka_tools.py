"""kavka's own commands as a client: `produce` and `consume` in JSON lines, `topics`, `groups` and `configs`."""

import base64
import itertools
import json
import signal
import subprocess
import tempfile
import threading

from clients.client import Client, Failed, Group, Member, Record
from harness import packages, processes


class KavkaTools(Client):
    name = "kavka"
    engine = "librdkafka"
    snappy = "raw"

    def connect(self, address):
        self.address = address
        self.numbers = itertools.count(1)
        self.version = processes.run([packages.kavka(), "--version"]).stdout.decode().split()[-1]

    def command(self, *words):
        return [packages.kavka(), *words, "--bootstrap-server", self.address]

    def _run(self, *words, stdin=None):
        done = processes.run(self.command(*words), stdin=stdin, timeout=60)
        if done.returncode:
            raise Failed(f"kavka {' '.join(map(str, words))}: exit {done.returncode}, {done.stderr.decode(errors='replace')[-400:]}")
        return done.stdout.decode()

    def _rows(self, *words, stdin=None):
        return [json.loads(line) for line in self._run(*words, "--output", "jsonl", stdin=stdin).splitlines()]

    def produce(self, topic, records, codec="none", acks="all", idempotent=False):
        lines = "".join(json.dumps(_packed(record)) + "\n" for record in records)
        places = ["--keep-partitions"] if any(record.partition is not None for record in records) else []
        more = ["--command-property", "enable.idempotence=true"] if idempotent else []
        told = self._run("produce", "--topic", topic, "--input", "jsonl", "--compression-codec", codec, "--acks", acks, "--print-acks",
                         *places, *more, stdin=lines.encode())
        if acks == "0":
            return None
        acknowledged = sorted((json.loads(line) for line in told.splitlines()), key=lambda ack: ack["line"])
        if [ack["line"] for ack in acknowledged] != list(range(1, len(records) + 1)):
            raise Failed(f"produce told of other lines than 1 to {len(records)}: {told[:300]}")
        return [(ack["partition"], ack["offset"]) for ack in acknowledged]

    def read(self, topic, partition=None, start=0):
        where = ["--partition", partition] if partition is not None else []
        rows = self._rows("consume", "--topic", topic, *where, *(["--offset", start] if start else ["--from-beginning"]), "--until-end")
        return [_record(row) for row in rows]

    def join(self, group, topic):
        return KavkaMember(self, group, topic)

    def commit(self, group, topic, offsets):
        for partition, offset in offsets.items():
            self._run("groups", "--group", group, "--reset-offsets", "--topic", f"{topic}:{partition}", "--to-offset", offset, "--execute")

    def committed(self, group, topic):
        rows = self._rows("groups", "--describe", "--group", group)
        return {row["partition"]: row["current_offset"] for row in rows if row["topic"] == topic and row["current_offset"] is not None}

    def create_topic(self, topic, partitions=1, configs=None):
        chosen = [word for name, value in (configs or {}).items() for word in ("--config", f"{name}={value}")]
        self._run("topics", "--create", "--topic", topic, "--partitions", partitions, *chosen)

    def topics(self):
        return set(self._run("topics", "--list").split())

    def partitions(self, topic):
        [row] = self._rows("topics", "--describe", "--topic", topic)
        return len(row["partitions"])

    def delete_topic(self, topic):
        self._run("topics", "--delete", "--topic", topic, "--yes")

    def configs(self, topic):
        rows = self._rows("configs", "--describe", "--all", "--entity-type", "topics", "--entity-name", topic)
        return {row["name"]: row["value"] for row in rows}

    def set_config(self, topic, name, value):
        self._run("configs", "--alter", "--topic", topic, "--add-config", f"{name}={value}")

    def grow(self, topic, partitions):
        self._run("topics", "--alter", "--topic", topic, "--partitions", partitions)

    def groups(self):
        return set(self._run("groups", "--list").split())

    def describe_group(self, group):
        [state] = self._rows("groups", "--describe", "--state", "--group", group)
        return Group(state["state"], [share for _, share in self.shares(group)])

    def shares(self, group):
        """(client id, partitions) of each member, whatever the topic."""
        rows = self._rows("groups", "--describe", "--members", "--verbose", "--group", group)
        return [(row["client_id"], {p for partitions in row["assignment"].values() for p in partitions}) for row in rows]

    def delete_group(self, group):
        self._run("groups", "--delete", "--group", group, "--yes")


class KavkaMember(Member):
    """A `consume` process in a group; its share is what `groups --describe --members` says while it runs."""

    def __init__(self, client, group, topic):
        self.client, self.group, self.id, self.records = client, group, f"member-{next(client.numbers)}", []
        settings = [f"client.id={self.id}", "heartbeat.interval.ms=300", "session.timeout.ms=6000"]
        self.stderr = tempfile.TemporaryFile()
        self.child = processes.start(
            client.command("consume", "--topic", topic, "--group", group, "--from-beginning", "--output", "jsonl",
                           *(word for setting in settings for word in ("--command-property", setting))),
            stdout=subprocess.PIPE, stderr=self.stderr, stdin=subprocess.DEVNULL)
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self):
        for line in self.child.stdout:
            self.records.append(_record(json.loads(line)))

    def share(self):
        return dict(self.client.shares(self.group)).get(self.id, set())

    def received(self):
        return list(self.records)

    def leave(self):
        code = processes.end(self.child, signal.SIGINT)
        self.listener.join()
        if code != 130:
            self.stderr.seek(0)
            raise Failed(f"consume ended with {code} at Ctrl-C: {self.stderr.read().decode(errors='replace')[-300:]}")


def _packed(record):
    row = {"headers": [{"key": name, **_field("value", value)} for name, value in record.headers],
           **_field("key", record.key), **_field("value", record.value)}
    chosen = {name: getattr(record, name) for name in ("timestamp", "partition")}
    return {**row, **{name: value for name, value in chosen.items() if value is not None}}


def _field(name, content):
    """Text where it is UTF-8, base64 under another name where it is not."""
    try:
        return {name: None if content is None else content.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(content).decode()}


def _record(row):
    return Record(_content(row, "value"), _content(row, "key"), tuple((header["key"], _content(header, "value")) for header in row["headers"]),
                  row["timestamp"], row["partition"], row["offset"])


def _content(row, name):
    if f"{name}_base64" in row:
        return base64.b64decode(row[f"{name}_base64"])
    return None if row[name] is None else row[name].encode()
