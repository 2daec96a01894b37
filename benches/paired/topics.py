"""Topics of the loads: made, counted and removed with raw frames, so that no client library stands between."""

import struct

from harness import processes, wire

CREATE_TOPICS, DELETE_TOPICS, LIST_OFFSETS, CREATE_PARTITIONS = 19, 20, 2, 37
# Apache Kafka takes no more than 10,000 records of metadata in one request.
MOST_AT_ONCE = 5000
LATEST = -1
# What is deleted is gone before the next load begins. (Apache Kafka looks at the broker's own setting, see contenders.py.)
CONFIGS = {"file.delete.delay.ms": "100"}


def create(broker, topic, partitions=1, configs=None, patience=30):
    """Creates a topic and waits until every partition's leader serves it, which is later than when Metadata names it."""
    create_all(broker, [topic], min(partitions, MOST_AT_ONCE), configs)
    for there in range(MOST_AT_ONCE, partitions, MOST_AT_ONCE):
        raise_partitions(broker, topic, min(there + MOST_AT_ONCE, partitions))
    processes.until(lambda: is_served(broker, topic, partitions), patience, f"leaders of {topic} at {broker.title}")


def raise_partitions(broker, topic, partitions):
    """More partitions for a topic that is there (CreatePartitions version 0)."""
    body = struct.pack(">i", 1) + wire.string(topic) + struct.pack(">ii", partitions, -1) + struct.pack(">ib", 120000, 0)
    with wire.Connection(broker.address, timeout=130) as connection:
        _none_refused("CreatePartitions", connection.ask(CREATE_PARTITIONS, 0, body))


def create_all(broker, names, partitions=1, configs=None):
    """Creates topics in one request (CreateTopics version 2), and waits for the answer only."""
    wanted = {**CONFIGS, **(configs or {})}
    settings = b"".join(wire.string(word) for setting in wanted.items() for word in setting)
    shape = struct.pack(">ihi", partitions, 1, 0) + struct.pack(">i", len(wanted)) + settings
    body = struct.pack(">i", len(names)) + b"".join(wire.string(name) + shape for name in names) + struct.pack(">ib", 120000, 0)
    with wire.Connection(broker.address, timeout=130) as connection:
        _none_refused("CreateTopics", connection.ask(CREATE_TOPICS, 2, body))


def _none_refused(what, answer):
    answer.int32()
    for name, error, words in answer.array(lambda: (answer.string(), answer.int16(), _nullable(answer))):
        if error:
            raise wire.Refused(f"{what} {name} ({words or ''})", error)


def _nullable(answer):
    length = answer.int16()
    return answer.take(length).decode() if length >= 0 else None


def is_served(broker, topic, partitions):
    try:
        return len(end_offsets(broker, topic, partitions)) == partitions
    except wire.Refused:
        return False


def delete(broker, topic):
    """Deletes a topic (version 1) and waits until its files are gone."""
    with wire.Connection(broker.address, timeout=40) as connection:
        answer = connection.ask(DELETE_TOPICS, 1, struct.pack(">i", 1) + wire.string(topic) + struct.pack(">i", 30000))
    answer.int32()
    for name, error in answer.array(lambda: (answer.string(), answer.int16())):
        if error:
            raise wire.Refused(f"DeleteTopics {name}", error)
    # kfake has a folder for all partitions.
    places = (broker.data_dir, broker.data_dir / "partitions")
    processes.until(lambda: not any(list(place.glob(f"{topic}-*")) for place in places), 90, f"the files of {topic} gone")


def end_offsets(broker, topic, partitions):
    """The end offset of every partition (ListOffsets version 1)."""
    body = struct.pack(">ii", -1, 1) + wire.string(topic) + struct.pack(">i", partitions)
    body += b"".join(struct.pack(">iq", partition, LATEST) for partition in range(partitions))
    with wire.Connection(broker.address) as connection:
        answer = connection.ask(LIST_OFFSETS, 1, body)
    [(_, rows)] = answer.array(lambda: (answer.string(), answer.array(
        lambda: (answer.int32(), answer.int16(), answer.int64(), answer.int64()))))
    for partition, error, _, _ in rows:
        if error:
            raise wire.Refused(f"ListOffsets {topic}-{partition}", error)
    return [offset for _, _, _, offset in sorted(rows)]


def must_hold(broker, topic, partitions, records):
    """What was counted by the load must be in the log, as soon as its leaders serve it."""
    processes.until(lambda: is_served(broker, topic, partitions), 30, f"{topic} served at {broker.title}")
    held = sum(end_offsets(broker, topic, partitions))
    if held != records:
        raise ValueError(f"{broker.name}: {topic} holds {held} records, and {records} were counted")
