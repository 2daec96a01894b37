"""A broker that counts wrong: before our broker, it adds one to every offset that ListOffsets answers.

All requests come this way: in every answer the broker's address is replaced by this one's, which is as long.
"""

import socket
import struct
import threading

from harness import processes, wire

LIST_OFFSETS, FIRST_FLEXIBLE = 2, 6
HOST = b"127.0.0.1"


class OffByOne:
    def __init__(self, behind):
        self.behind = int(behind.rsplit(":", 1)[1])
        self.port = processes.free_port()
        self.address = f"{HOST.decode()}:{self.port}"
        self.listener = socket.create_server((HOST.decode(), self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            broker, asked = socket.create_connection((HOST.decode(), self.behind)), {}
            for carry in (lambda: _requests(client, broker, asked), lambda: self._answers(broker, client, asked)):
                threading.Thread(target=_until_closed, args=(carry, client, broker), daemon=True).start()

    def _answers(self, broker, client, asked):
        here, there = (HOST + struct.pack(">i", port) for port in (self.port, self.behind))
        while answer := _frame(broker):
            api, version = asked.pop(answer[:4])
            answer = answer.replace(there, here)
            client.sendall(wire.frame(counted_wrong(answer, version) if api == LIST_OFFSETS else answer))


def _requests(client, broker, asked):
    while request := _frame(client):
        asked[request[4:8]] = struct.unpack(">hh", request[:4])
        broker.sendall(wire.frame(request))


def _until_closed(carry, *sockets):
    try:
        carry()
    except OSError:
        pass
    for each in sockets:
        each.close()


def _frame(source):
    """The next frame without its length; nothing when the other side has closed."""
    length = _exactly(source, 4)
    return length and _exactly(source, struct.unpack(">i", length)[0])


def _exactly(source, count):
    read = b""
    while len(read) < count:
        chunk = source.recv(count - len(read))
        if not chunk:
            return b""
        read += chunk
    return read


def counted_wrong(answer, version):
    """An answer of ListOffsets with each known offset one too high."""
    changed, reader, flexible = bytearray(answer), wire.Reader(answer), version >= FIRST_FLEXIBLE
    array, string = (reader.compact_array, reader.compact_string) if flexible else (reader.array, reader.string)
    tags = reader.tags if flexible else lambda: None

    def partition():
        reader.int32(), reader.int16(), reader.int64()
        at, offset = reader.at, reader.int64()
        if offset >= 0:
            changed[at:at + 8] = struct.pack(">q", offset + 1)
        version >= 4 and reader.int32()
        tags()

    reader.int32(), tags()
    version >= 2 and reader.int32()
    array(lambda: (string(), array(partition), tags()))
    return bytes(changed)
