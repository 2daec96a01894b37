"""Apache Kafka's own console tools: the Java producer, consumer and admin client behind Apache's command lines.

All run in one warm JVM (`harness/apache_tools.py`). Arguments, streams and exit codes are those of the shell scripts.
"""

import json
import re
import tempfile
from pathlib import Path

from clients.client import Client, Failed, Group, Member, NotToBeHad, Record
from harness.apache_tools import ApacheTools

TOOLS = "org.apache.kafka.tools."
CONSUMER, PRODUCER = TOOLS + "consumer.ConsoleConsumer", TOOLS + "ConsoleProducer"
TOPICS, GROUPS, CONFIGS = TOOLS + "TopicCommand", TOOLS + "consumer.group.ConsumerGroupCommand", "kafka.admin.ConfigCommand"
OFFSETS, DELETE_RECORDS = TOOLS + "GetOffsetShell", TOOLS + "DeleteRecordsCommand"
FIELD, LINE, HEADER, NULL = "\x1f", "\x1e\n", "\x1d", "\x1bnull"


class JavaConsole(Client):
    name = "java-console"
    engine = "java"
    snappy = "xerial"
    carries_bytes = False

    def connect(self, address):
        self.address = address
        self.folder = tempfile.TemporaryDirectory(prefix="interop-java-")
        self.tools = ApacheTools(Path(self.folder.name))
        self.version = self._run(TOPICS, "--version").split()[0]

    def close(self):
        self.tools.close()
        self.folder.cleanup()

    def _run(self, main, *arguments, stdin=None):
        """The stdout of a tool, which must exit 0."""
        run = self.tools.start(main, *self._here(arguments), stdin=stdin)
        exit_code, out, err = run.wait()
        if exit_code:
            raise Failed(f"{main.rsplit('.')[-1]} {' '.join(map(str, arguments))}: exit {exit_code}, {(out + err)[:400]}")
        return out

    def _here(self, arguments):
        return ["--bootstrap-server", self.address, *map(str, arguments)]

    def produce(self, topic, records, codec="none", acks="all", idempotent=False):
        if any(record.timestamp is not None or record.partition is not None for record in records):
            raise NotToBeHad("kafka-console-producer.sh has no option for timestamps and partitions")
        keys, headers = (any(getattr(record, part) for record in records) for part in ("key", "headers"))
        lines = "".join(_line(record, keys, headers) + "\n" for record in records)
        properties = {"parse.key": keys, "parse.headers": headers, "key.separator": FIELD, "headers.delimiter": FIELD,
                      "headers.separator": HEADER, "headers.key.separator": ":", "null.marker": NULL}
        flags = [word for name, value in properties.items() for word in ("--reader-property", f"{name}={str(value).lower()}")]
        flags += ["--command-property", "enable.idempotence=true"] if idempotent else []
        run = self.tools.start(PRODUCER, *self._here(["--topic", topic, "--compression-codec", codec, "--request-required-acks", acks,
                                                      *flags]), stdin=lines.encode())
        exit_code, _, err = run.wait()
        if exit_code or "ERROR" in err:  # a record that could not be sent is only logged
            raise Failed(f"ConsoleProducer: exit {exit_code}, {err[:400]}")

    def read(self, topic, partition=None, start=0):
        places = range(self.partitions(topic)) if partition is None else [partition]
        return [record for place in places for record in self._read_partition(topic, place, start)]

    def _read_partition(self, topic, partition, start):
        first, end = (self._offsets(topic, time).get(partition) for time in ("earliest", "latest"))
        count = end - max(first, start)
        if count <= 0:
            return []
        told = self._run(CONSUMER, "--topic", topic, "--partition", partition, "--offset", max(first, start), "--max-messages", count,
                         "--timeout-ms", 20000, *PRINT_ALL)
        return _records(told)

    def _offsets(self, topic, time):
        told = self._run(OFFSETS, "--topic-partitions", topic, "--time", time)
        return {int(p): int(offset) for p, offset in re.findall(r":(\d+):(\d+)$", told, re.M)}

    def join(self, group, topic):
        return JavaMember(self, group, topic)

    def offsets_at(self, topic, timestamp):
        found = self._offsets(topic, timestamp)
        return {p: found.get(p) for p in range(self.partitions(topic))}

    def commit(self, group, topic, offsets):
        for partition, offset in offsets.items():
            self._run(GROUPS, "--group", group, "--reset-offsets", "--topic", f"{topic}:{partition}", "--to-offset", offset, "--execute")

    def committed(self, group, topic):
        rows = _table(self._run(GROUPS, "--group", group, "--describe", "--offsets"))
        return {int(row["PARTITION"]): int(row["CURRENT-OFFSET"]) for row in rows
                if row["TOPIC"] == topic and row["CURRENT-OFFSET"] != "-"}

    def create_topic(self, topic, partitions=1, configs=None):
        chosen = [word for name, value in (configs or {}).items() for word in ("--config", f"{name}={value}")]
        self._run(TOPICS, "--create", "--topic", topic, "--partitions", partitions, *chosen)

    def topics(self):
        return set(self._run(TOPICS, "--list").split())

    def partitions(self, topic):
        if topic not in self.topics():
            return 0
        return int(re.search(r"PartitionCount: (\d+)", self._run(TOPICS, "--describe", "--topic", topic))[1])

    def delete_topic(self, topic):
        self._run(TOPICS, "--delete", "--topic", topic)

    def configs(self, topic):
        told = self._run(CONFIGS, "--entity-type", "topics", "--entity-name", topic, "--describe", "--all")
        return dict(re.findall(r"^  ([a-z.]+)=(.*?) sensitive=", told, re.M))

    def set_config(self, topic, name, value):
        self._run(CONFIGS, "--entity-type", "topics", "--entity-name", topic, "--alter", "--add-config", f"{name}={value}")

    def grow(self, topic, partitions):
        self._run(TOPICS, "--alter", "--topic", topic, "--partitions", partitions)

    def groups(self):
        return set(self._run(GROUPS, "--list").split())

    def describe_group(self, group):
        told = self._run(GROUPS, "--group", group, "--describe", "--state")
        state = re.search(r" (Empty|PreparingRebalance|CompletingRebalance|Stable|Dead) ", told)
        return Group(state and state[1], [share for _, share in self.shares(group)])

    def shares(self, group):
        """(client id, partitions) of each member, whatever the topic."""
        rows = _table(self._run(GROUPS, "--group", group, "--describe", "--members", "--verbose"))
        return [(row["CLIENT-ID"], {int(p) for p in re.findall(r"\d+", "".join(re.findall(r":([\d,]+)", row["CURRENT-ASSIGNMENT"])))})
                for row in rows]

    def delete_group(self, group):
        self._run(GROUPS, "--group", group, "--delete")

    def delete_records(self, topic, partition, before):
        asked = Path(self.folder.name) / "delete-records.json"
        asked.write_text(json.dumps({"version": 1, "partitions": [{"topic": topic, "partition": partition, "offset": before}]}))
        return int(re.search(r"low_watermark: (\d+)", self._run(DELETE_RECORDS, "--offset-json-file", asked))[1])


class JavaMember(Member):
    """A console consumer in a group; its share is what `--describe --members` says."""

    def __init__(self, client, group, topic):
        self.client, self.group = client, group
        self.id = f"member-{next(client.tools.numbers)}"
        settings = [f"client.id={self.id}", "heartbeat.interval.ms=300", "session.timeout.ms=6000"]
        self.run = client.tools.start(CONSUMER, *client._here([
            "--topic", topic, "--group", group, "--from-beginning", *PRINT_ALL,
            *(word for setting in settings for word in ("--command-property", setting))]))

    def share(self):
        return dict(self.client.shares(self.group)).get(self.id, set())

    def received(self):
        return _records(self.run.so_far())

    def leave(self):
        self.run.interrupt()
        self.run.wait()


PRINT_ALL = [word for prop in (
    "print.timestamp=true", "print.partition=true", "print.offset=true", "print.headers=true", "print.key=true",
    f"key.separator={FIELD}", f"line.separator={LINE}", f"headers.separator={HEADER}", f"null.literal={NULL}",
) for word in ("--formatter-property", prop)]


def _line(record, keys, headers):
    columns = [HEADER.join(f"{name}:{_text(value)}" for name, value in record.headers)] if headers else []
    columns += [_text(record.key)] if keys else []
    return FIELD.join([*columns, _text(record.value)])


def _text(content):
    return NULL if content is None else content.decode()


def _records(printed):
    """What the console consumer prints with PRINT_ALL. The last line may still be in the making."""
    return [_record(line) for line in printed.split(LINE)[:-1]]


def _record(line):
    timestamp, partition, offset, headers, key, value = line.split(FIELD)
    pairs = [] if headers == "NO_HEADERS" else [pair.split(":", 1) for pair in headers.split(HEADER)]
    return Record(_bytes(value), _bytes(key), tuple((name, _bytes(text)) for name, text in pairs), int(timestamp.split(":")[1]),
                  int(partition.split(":")[1]), int(offset.split(":")[1]))


def _bytes(text):
    return None if text == NULL else text.encode()


def _table(printed):
    """Rows of a table: a line of headings, and no cell with blanks inside."""
    lines = [line.split() for line in printed.splitlines() if line.strip()]
    return [dict(zip(lines[0], cells)) for cells in lines[1:]]
