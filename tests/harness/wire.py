"""The few raw Kafka frames that the suite sends itself: to know that a broker is ready, to see which bytes it
stored, and to be hostile to it.

Layouts: the message schemas of Apache Kafka; a frame is an int32 length and that many bytes. Versions are fixed to
ones that every broker since 2.8 speaks.
"""

import socket
import struct
from dataclasses import dataclass

FETCH, METADATA, API_VERSIONS = 1, 3, 18
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
XERIAL = b"\x82SNAPPY\x00"


OFFSET_OUT_OF_RANGE = 1


class Refused(ValueError):
    """An answer with an error code."""

    def __init__(self, what, error):
        super().__init__(f"{what}: error {error}")
        self.error = error


class Connection:
    """One connection; a request is answered before the next is sent."""

    def __init__(self, address, timeout=10):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.correlation = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, api, version, body, flexible=False):
        """Sends a request and returns a Reader that stands after the response header."""
        self.correlation += 1
        self.socket.sendall(frame(request(api, version, self.correlation, body, flexible)))
        answer = Reader(self.read_frame())
        if answer.int32() != self.correlation:
            raise ValueError("an answer with another request's correlation id")
        if flexible:
            answer.tags()
        return answer

    def read_frame(self):
        return self._exactly(struct.unpack(">i", self._exactly(4))[0])

    def _exactly(self, count):
        read = bytearray()
        while len(read) < count:
            chunk = self.socket.recv(min(count - len(read), 1 << 20))
            if not chunk:
                raise ConnectionError("the broker closed the connection")
            read += chunk
        return bytes(read)


def request(api, version, correlation, body, flexible=False, client="interop"):
    """A request without its length: header 1, or header 2 (with tagged fields) for flexible versions."""
    header = struct.pack(">hhi", api, version, correlation) + string(client)
    return header + (b"\x00" if flexible else b"") + body


def frame(content):
    return struct.pack(">i", len(content)) + content


def string(text):
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


class Reader:
    """Reads the primitive types of the protocol from bytes."""

    def __init__(self, content):
        self.content, self.at = content, 0

    def take(self, count):
        taken = self.content[self.at:self.at + count]
        if len(taken) != count:
            raise ValueError("the answer ends early")
        self.at += count
        return taken

    def _number(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def int8(self):
        return self._number(">b")

    def int16(self):
        return self._number(">h")

    def int32(self):
        return self._number(">i")

    def int64(self):
        return self._number(">q")

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def string(self):
        return self.take(self.int16()).decode()

    def compact_string(self):
        length = self.uvarint()
        return None if length == 0 else self.take(length - 1).decode()

    def array(self, item):
        return [item() for _ in range(max(self.int32(), 0))]

    def compact_array(self, item):
        return [item() for _ in range(max(self.uvarint() - 1, 0))]

    def tags(self):
        for _ in range(self.uvarint()):
            self.uvarint()
            self.take(self.uvarint())


def api_versions(address):
    """What the broker serves: api key → (lowest, highest version)."""
    with Connection(address) as connection:
        answer = connection.ask(API_VERSIONS, 0, b"")
        if error := answer.int16():
            raise Refused("ApiVersions", error)
        return {key: (low, high) for key, low, high in answer.array(lambda: (answer.int16(), answer.int16(), answer.int16()))}


@dataclass
class Place:
    """Where a partition is."""
    error: int
    leader: int
    epoch: int
    replicas: list
    in_sync: list


@dataclass
class Topic:
    error: int
    name: str
    id: bytes
    places: dict  # partition → Place

    @property
    def leaders(self):
        """partition → (error, leader, leader epoch)"""
        return {partition: (place.error, place.leader, place.epoch) for partition, place in self.places.items()}


@dataclass
class Cluster:
    """What one broker says of its cluster."""
    brokers: dict  # id → HOST:PORT of those that are up
    controller: int
    topics: list


def cluster(address, timeout=10):
    """Every broker and topic that the broker knows. Raises when it lists no broker."""
    with Connection(address, timeout) as connection:
        answer = connection.ask(METADATA, 11, b"\x00\x00\x00\x00", flexible=True)
    answer.int32()
    brokers = dict(answer.compact_array(lambda: _broker(answer)))
    answer.compact_string()
    controller = answer.int32()
    if not brokers:
        raise ValueError("Metadata lists no broker")
    return Cluster(brokers, controller, answer.compact_array(lambda: _topic(answer)))


def metadata(address, timeout=10):
    """Every topic that the broker knows. Raises when it lists no broker."""
    return cluster(address, timeout).topics


def _broker(answer):
    number, host, port = answer.int32(), answer.compact_string(), answer.int32()
    answer.compact_string(), answer.tags()
    return number, f"{host}:{port}"


def _topic(answer):
    topic = Topic(answer.int16(), answer.compact_string(), answer.take(16), {})
    answer.int8()
    topic.places.update(answer.compact_array(lambda: _place(answer)))
    answer.int32(), answer.tags()
    return topic


def _place(answer):
    error, partition, leader, epoch = answer.int16(), answer.int32(), answer.int32(), answer.int32()
    replicas, in_sync, _offline = (answer.compact_array(answer.int32) for _ in range(3))
    answer.tags()
    return partition, Place(error, leader, epoch, replicas, in_sync)


@dataclass
class Batch:
    """The header of a stored record batch."""
    base_offset: int
    codec: str
    framing: str  # of snappy: "xerial" or "raw"; else ""
    log_append_time: bool
    producer_id: int
    records: int


def batches(address, topic, partition=0, offset=0):
    """The first megabytes of batches that the broker serves from an offset, as it stored them."""
    body = (struct.pack(">iiiib", -1, 0, 0, 50 << 20, 0) + struct.pack(">i", 1) + string(topic)
            + struct.pack(">iiqi", 1, partition, offset, 50 << 20))
    with Connection(address) as connection:
        answer = connection.ask(FETCH, 4, body)
    answer.int32()
    _, [(_, error, records)] = answer.array(lambda: (answer.string(), answer.array(lambda: _fetched(answer))))[0]
    if error:
        raise Refused(f"Fetch of {topic}-{partition}", error)
    return list(_split(records))


def is_served(address, topic, partition):
    """Whether the leader of a partition answers for it. Its first records may have been deleted."""
    try:
        batches(address, topic, partition)
        return True
    except Refused as refused:
        return refused.error == OFFSET_OUT_OF_RANGE


def _fetched(answer):
    partition, error = answer.int32(), answer.int16()
    answer.int64(), answer.int64()
    answer.array(lambda: answer.take(16))
    return partition, error, answer.take(max(answer.int32(), 0))


def _split(records):
    while len(records) >= 61:
        base, length, _, _, _, attributes, _, _, _, producer, _, _, count = struct.unpack(">qiibIhiqqqhii", records[:61])
        codec = CODECS[attributes & 7]
        payload = records[61:12 + length]
        framing = "" if codec != "snappy" else "xerial" if payload.startswith(XERIAL) else "raw"
        yield Batch(base, codec, framing, bool(attributes & 8), producer, count)
        records = records[12 + length:]
