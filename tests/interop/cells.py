"""The cells of the interop table: what is asked of every client, in the words of `clients/client.py`.

"produce: …" means that the client produces and an independent witness (another implementation) reads; "consume: …" is
the other direction. A cell returns when all is as it should be, and raises `Wrong` with what was found instead.
"""

import itertools
import time
from dataclasses import dataclass

from clients.client import Client, Failed, NotToBeHad, Record
from harness import wire
from harness.processes import until

CELLS = {}
PATIENCE = 30
HOUR = 3_600_000
# Chosen timestamps are recent: a broker forgets what is older than a week, and looks for it half a minute after its start.
YESTERDAY = int(time.time() * 1000) - 24 * HOUR


class Wrong(Exception):
    """The broker, or the client with it, did something else than Kafka does."""


@dataclass
class Stage:
    """Who plays in a cell. The witness shares no implementation with the client."""
    address: str
    client: Client
    witness: Client
    writers_of_snappy: dict  # by framing
    writer_of_null_headers: Client
    names = itertools.count(1)

    def topic(self, partitions=1, configs=None):
        """A new topic, whose leaders already answer: some clients write twice when they do not."""
        name = self.name("topic")
        self.witness.create_topic(name, partitions, configs or {})
        until(lambda: all(wire.is_served(self.address, name, partition) for partition in range(partitions)), 10, f"leaders of {name}")
        return name

    def name(self, kind):
        return f"{self.client.name}-{kind}-{time.time_ns() // 1000 % 10**9}-{next(Stage.names)}"


def cell(name):
    def register(function):
        CELLS[name] = function
        return function
    return register


def want(found, wanted, what):
    if found != wanted:
        raise Wrong(f"{what}: {_short(found)} instead of {_short(wanted)}")


def eventually(look, wanted, what):
    """For what Kafka lets become visible a moment after its answer."""
    last = []

    def seen():
        last[:] = [look()]
        return last[0] == wanted
    try:
        until(seen, 10, what)
    except TimeoutError:
        want(last[0], wanted, what)


def _short(thing):
    text = repr(thing)
    return text if len(text) <= 300 else f"{text[:200]} … {text[-90:]}"


# Records, one field at a time.

TEXTS = [b"one", "grüße, Welt – 日本".encode(), b" spaces  kept ", b"7" * 5000]

FIELDS = {
    "values": [Record(text) for text in TEXTS],
    "keys": [Record(b"%d" % i, key=b"key-%d" % (i % 3)) for i in range(9)],
    "null values": [Record(None, key=b"a"), Record(b"", key=b"b"), Record(b"c", key=b"c"), Record(None, key=b"d")],
    "headers": [Record(b"v", key=b"k", headers=(("first", b"1"), ("second", "zwölf".encode()), ("empty", b""))),
                Record(b"w", key=b"k", headers=(("other", b"x"),))],
    "repeated headers": [Record(b"v", key=b"k", headers=(("a", b"1"), ("a", b"2"), ("a", b"1"), ("b", b"3")))],
    "interleaved headers": [Record(b"v", key=b"k", headers=(("b", b"1"), ("a", b"2"), ("b", b"3"), ("a", b"4")))],
    "null header value": [Record(b"v", key=b"k", headers=(("none", None), ("some", b"1")))],
    "timestamps": [Record(b"%d" % i, timestamp=YESTERDAY + i * HOUR) for i in (0, 2, 1, 5)],
    "bytes that are no text": [Record(bytes(range(256)), key=b"\xff\xfe\x00\n"), Record(b"\x00" * 10, key=b"\x80")],
    "900 kB record": [Record(b"x" * 900_000, key=b"large")],
}
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
COMPRESSIBLE = [Record(b"%04d " % i + b"the same words again " * 10, key=b"%d" % i) for i in range(200)]


def fields(record):
    """What a record carries from its producer. The timestamp only where the producer chose it."""
    return record.value, record.key, record.headers


def same_records(read, produced, what):
    want([fields(record) for record in read], [fields(record) for record in produced], what)
    if produced and produced[0].timestamp is not None:
        want([record.timestamp for record in read], [record.timestamp for record in produced], f"{what}, timestamps")
    else:
        # Producers on this machine stamp with the present.
        odd = [record.timestamp for record in read if record.timestamp is None or abs(record.timestamp - time.time() * 1000) > HOUR]
        want(odd, [], f"{what}, timestamps that are not of now")
    want([record.offset for record in read], list(range(len(read))), f"{what}, offsets")


def _field_cells(field, records):
    def ask_for_order(client):
        if field == "interleaved headers" and not client.interleaves_headers:
            raise NotToBeHad(f"{client.name} groups headers by name")

    def ask_for_bytes(client):
        if field == "bytes that are no text" and not client.carries_bytes:
            raise NotToBeHad(f"{client.name} works on lines of text")

    def ask_for_null(client):
        if field == "null header value" and not client.writes_null_headers:
            raise NotToBeHad(f"{client.name} refuses null header values")

    @cell(f"produce: {field}")
    def produce(stage):
        ask_for_order(stage.client)
        ask_for_bytes(stage.client)
        ask_for_null(stage.client)
        topic = stage.topic()
        told = stage.client.produce(topic, records)
        if told is not None:
            want(told, [(0, offset) for offset in range(len(records))], "acknowledged places")
        same_records(stage.witness.read(topic), records, "the witness read")

    @cell(f"consume: {field}")
    def consume(stage):
        ask_for_order(stage.client)
        ask_for_bytes(stage.client)
        topic = stage.topic()
        producer = stage.writer_of_null_headers if field == "null header value" else stage.witness
        producer.produce(topic, records)
        same_records(stage.client.read(topic), records, "read")


def _codec_cells(codec):
    @cell(f"produce: codec {codec}")
    def produce(stage):
        topic = stage.topic()
        stage.client.produce(topic, COMPRESSIBLE, codec=codec)
        same_records(stage.witness.read(topic), COMPRESSIBLE, "the witness read")
        stored = wire.batches(stage.address, topic)
        want({batch.codec for batch in stored}, {codec}, "codecs of the stored batches")
        if codec == "snappy":
            want({batch.framing for batch in stored}, {stage.client.snappy}, "framing of the stored batches")

    if codec == "snappy":
        return  # has two framings, below

    @cell(f"consume: codec {codec}")
    def consume(stage):
        _consume_codec(stage, stage.witness, codec)


def _consume_codec(stage, producer, codec):
    topic = stage.topic()
    producer.produce(topic, COMPRESSIBLE, codec=codec)
    want({batch.codec for batch in wire.batches(stage.address, topic)}, {codec}, "codecs of the stored batches")
    same_records(stage.client.read(topic), COMPRESSIBLE, "read")
    return topic


def _snappy_cell(framing):
    @cell(f"consume: codec snappy, {framing}")
    def consume(stage):
        producer = stage.writers_of_snappy[framing]
        topic = _consume_codec(stage, producer, "snappy")
        want({batch.framing for batch in wire.batches(stage.address, topic)}, {framing}, "framing of the stored batches")


for _field, _records in FIELDS.items():
    _field_cells(_field, _records)
for _codec in CODECS:
    _codec_cells(_codec)
for _framing in ("raw", "xerial"):
    _snappy_cell(_framing)


# Where records go, and from where they are read.

@cell("produce: acks 0")
def acks_0(stage):
    topic = stage.topic()
    stage.client.produce(topic, COMPRESSIBLE, acks="0")
    eventually(lambda: len(stage.witness.read(topic)), len(COMPRESSIBLE), "records")
    same_records(stage.witness.read(topic), COMPRESSIBLE, "the witness read")


@cell("produce: acks 1")
def acks_1(stage):
    topic = stage.topic()
    stage.client.produce(topic, COMPRESSIBLE, acks="1")
    same_records(stage.witness.read(topic), COMPRESSIBLE, "the witness read")


@cell("produce: acks all")
def acks_all(stage):
    topic = stage.topic()
    stage.client.produce(topic, COMPRESSIBLE, acks="all")
    same_records(stage.witness.read(topic), COMPRESSIBLE, "the witness read")


@cell("produce: idempotent")
def idempotent(stage):
    topic = stage.topic()
    stage.client.produce(topic, COMPRESSIBLE, idempotent=True)
    same_records(stage.witness.read(topic), COMPRESSIBLE, "the witness read")
    want([batch.producer_id for batch in wire.batches(stage.address, topic) if batch.producer_id < 0], [], "batches without a producer id")


@cell("produce: chosen partition")
def produce_to_partition(stage):
    topic = stage.topic(3)
    records = [Record(b"%d" % i, partition=i % 3) for i in range(12)]
    stage.client.produce(topic, records)
    for partition in range(3):
        found = [record.value for record in stage.witness.read(topic, partition)]
        want(found, [record.value for record in records if record.partition == partition], f"partition {partition}")


@cell("produce: topic made on the way")
def produce_auto_creates(stage):
    topic = stage.name("made")
    records = [Record(b"a"), Record(b"b")]
    stage.client.produce(topic, records)
    want(stage.witness.partitions(topic), 1, "partitions")
    same_records(stage.witness.read(topic), records, "the witness read")


@cell("consume: one partition from an offset")
def consume_from(stage):
    topic = stage.topic(3)
    stage.witness.produce(topic, [Record(b"%d" % i, partition=i % 3) for i in range(12)])
    read = stage.client.read(topic, partition=1, start=2)
    want([(record.value, record.partition, record.offset) for record in read], [(b"7", 1, 2), (b"10", 1, 3)], "read")


@cell("consume: inside a batch")
def consume_inside_batch(stage):
    topic = stage.topic()
    stage.witness.produce(topic, COMPRESSIBLE, codec="lz4")
    want(len(wire.batches(stage.address, topic)) < len(COMPRESSIBLE), True, "several records a batch")
    read = stage.client.read(topic, partition=0, start=197)
    want([record.offset for record in read], [197, 198, 199], "offsets")


@cell("consume: offsets by timestamp")
def offsets_by_timestamp(stage):
    topic = stage.topic(2)
    stage.witness.produce(topic, [Record(b"%d" % i, partition=0, timestamp=YESTERDAY + i * 1000) for i in range(10)])
    look = stage.client.offsets_at
    want(look(topic, YESTERDAY + 3000), {0: 3, 1: None}, "at a record's time")
    want(look(topic, YESTERDAY + 3001), {0: 4, 1: None}, "between two")
    want(look(topic, YESTERDAY - HOUR), {0: 0, 1: None}, "before all")
    want(look(topic, YESTERDAY + 10_000), {0: None, 1: None}, "after all")


# Groups.

ALL = {0, 1, 2}


def fair(shares):
    """Disjoint, complete, and as equal as three partitions allow."""
    counts = sorted(map(len, shares), reverse=True)
    even = {1: [3], 2: [2, 1], 3: [1, 1, 1], 4: [1, 1, 1, 0]}[len(shares)]
    return set().union(*shares) == ALL and sum(counts) == 3 and counts == even


def await_fair(members, group, describer):
    """Waits until the group is stable with these members, in its description and in what they say themselves."""
    last = ["not described", [], []]

    def settled():
        try:
            described = describer.describe_group(group)
        except Failed:  # unknown until the first has joined
            return False
        last[:] = [described.state, described.shares, [member.share() for member in members]]
        return (described.state == "Stable" and len(described.shares) == len(members) and fair(described.shares) and fair(last[2]))
    try:
        until(settled, PATIENCE, "shares", pause=0.1)
    except TimeoutError:
        raise Wrong("{} consumers: the group is {} with shares {}, they say {}".format(len(members), *last)) from None


def await_values(members, wanted, what):
    """Waits until the members together have received all that is wanted."""
    def received():
        return [record.value for member in members for record in member.received()]
    try:
        until(lambda: wanted <= set(received()), PATIENCE, what, pause=0.1)
    except TimeoutError:
        missing = wanted - set(received())
        raise Wrong(f"{what}: {len(missing)} of {len(wanted)} not received, {_short(sorted(missing)[:5])}") from None
    return received()


def spread(label, count=6):
    """Records over all three partitions."""
    return [Record(b"%s-%d" % (label.encode(), i), partition=i % 3) for i in range(count)]


def values(records):
    return {record.value for record in records}


@cell("groups: one to four consumers")
def one_to_four(stage):
    topic, group, members = stage.topic(3), stage.name("group"), []
    earlier = spread("earlier", 30)
    stage.witness.produce(topic, earlier)
    try:
        for count in (1, 2, 3, 4):
            members.append(stage.client.join(group, topic))
            await_fair(members, group, stage.witness)
            now = spread(f"with-{count}")
            stage.witness.produce(topic, now)
            received = await_values(members, values(now), f"with {count} consumers")
            want(sorted(value for value in received if value in values(now)), sorted(values(now)), f"with {count}, each once")
            _each_from_its_share(members, now)
        await_values(members, values(earlier), "what was there before the group")
        want(members[3].received() == [] or members[3].share() != set(), True, "the idle consumer receives nothing")
        members.pop(0).leave()
        await_fair(members, group, stage.witness)
    finally:
        for member in members:
            member.leave()


def _each_from_its_share(members, records):
    for member in members:
        strange = [record for record in member.received() if record.value in values(records) and record.partition not in member.share()]
        want(strange, [], "records from a partition of another's share")


@cell("groups: two groups each get everything")
def two_groups(stage):
    topic, records, members = stage.topic(3), spread("all", 30), []
    stage.witness.produce(topic, records)
    try:
        for which in ("left", "right"):
            member = stage.client.join(stage.name(which), topic)
            members.append(member)
            received = await_values([member], values(records), f"the {which} group")
            want(sorted(received), sorted(values(records)), f"the {which} group, each once")
    finally:
        for member in members:
            member.leave()


@cell("groups: who was away gets what it missed")
def away(stage):
    topic, group = stage.topic(3), stage.name("group")
    seen, missed = spread("seen", 9), spread("missed", 9)
    for records in (seen, missed):
        stage.witness.produce(topic, records)
        member = stage.client.join(group, topic)
        try:
            received = await_values([member], values(records), "received")
        finally:
            member.leave()
        want(sorted(received), sorted(values(records)), "received, each once")
    want(stage.witness.committed(group, topic), {0: 6, 1: 6, 2: 6}, "committed offsets as the witness sees them")


@cell("groups: commit chosen offsets")
def commit(stage):
    topic, group = stage.topic(3), stage.name("group")
    stage.witness.produce(topic, spread("r", 30))
    stage.client.commit(group, topic, {0: 3, 2: 7})
    want(stage.witness.committed(group, topic), {0: 3, 2: 7}, "committed offsets as the witness sees them")


@cell("groups: committed offsets")
def committed(stage):
    topic, group = stage.topic(3), stage.name("group")
    stage.witness.produce(topic, spread("r", 30))
    stage.witness.commit(group, topic, {0: 4, 1: 9})
    want(stage.client.committed(group, topic), {0: 4, 1: 9}, "committed offsets")


# Administration: one looks at what the other has done.

@cell("admin: create topic")
def create_topic(stage):
    topic = stage.name("created")
    stage.client.create_topic(topic, 3, {"retention.ms": "123456789", "cleanup.policy": "compact"})
    eventually(lambda: stage.witness.partitions(topic), 3, "partitions as the witness sees them")
    configs = stage.witness.configs(topic)
    want((configs["retention.ms"], configs["cleanup.policy"]), ("123456789", "compact"), "configs as the witness sees them")


@cell("admin: list topics")
def list_topics(stage):
    topics = {stage.topic(), stage.topic()}
    eventually(lambda: topics <= stage.client.topics(), True, "both topics listed")


@cell("admin: describe topic")
def describe_topic(stage):
    topic = stage.topic(4)
    eventually(lambda: stage.client.partitions(topic), 4, "partitions")


@cell("admin: delete topic")
def delete_topic(stage):
    topic, kept = stage.topic(), stage.topic()
    stage.client.delete_topic(topic)
    eventually(lambda: topic in stage.witness.topics(), False, "the deleted topic listed")
    want(kept in stage.witness.topics(), True, "the other topic listed")


@cell("admin: describe configs")
def describe_configs(stage):
    topic = stage.topic(configs={"max.message.bytes": "54321"})
    eventually(lambda: stage.client.configs(topic).get("max.message.bytes"), "54321", "max.message.bytes")


@cell("admin: change configs")
def change_configs(stage):
    topic = stage.topic(configs={"segment.ms": "7200000"})
    stage.client.set_config(topic, "retention.ms", "86400001")
    eventually(lambda: stage.witness.configs(topic)["retention.ms"], "86400001", "retention.ms as the witness sees it")


@cell("admin: add partitions")
def add_partitions(stage):
    topic = stage.topic(2)
    stage.witness.produce(topic, [Record(b"kept", partition=1)])
    stage.client.grow(topic, 5)
    eventually(lambda: stage.witness.partitions(topic), 5, "partitions as the witness sees them")
    stage.witness.produce(topic, [Record(b"new", partition=4)])
    want(sorted((record.partition, record.value) for record in stage.witness.read(topic)), [(1, b"kept"), (4, b"new")], "records")


@cell("admin: list groups")
def list_groups(stage):
    group = _empty_group(stage)
    eventually(lambda: group in stage.client.groups(), True, "the group listed")


@cell("admin: describe group")
def describe_group(stage):
    topic, group = stage.topic(3), stage.name("group")
    members = [stage.witness.join(group, topic), stage.witness.join(group, topic)]
    try:
        await_fair(members, group, stage.client)
    finally:
        for member in members:
            member.leave()
    eventually(lambda: stage.client.describe_group(group).state, "Empty", "state when all have left")


@cell("admin: delete group")
def delete_group(stage):
    group = _empty_group(stage)
    stage.client.delete_group(group)
    eventually(lambda: group in stage.witness.groups(), False, "the deleted group listed")


@cell("admin: delete records")
def delete_records(stage):
    topic = stage.topic()
    stage.witness.produce(topic, COMPRESSIBLE)
    first = stage.client.delete_records(topic, 0, 150)
    want(first in (None, 150), True, f"first offset {first}")
    want([record.offset for record in stage.witness.read(topic)], list(range(150, 200)), "offsets that are left")


def _empty_group(stage):
    topic, group = stage.topic(), stage.name("group")
    stage.witness.produce(topic, [Record(b"x")])
    stage.witness.commit(group, topic, {0: 1})
    return group
