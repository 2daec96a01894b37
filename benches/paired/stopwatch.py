"""Wall time, processor time and memory of processes, from `programs/stopwatch.c`, Linux's /proc and its process clocks."""

import os
import select
import signal
import tempfile
import time
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE

import programs
from harness import brokers, processes


class Ended(Exception):
    """A process that did not end as it should, in its own words."""


@dataclass
class Took:
    seconds: float
    cpu: float
    most_resident: int  # bytes
    out: bytes = b""


def run(argv, stdin=DEVNULL, stdout=PIPE, timeout=180):
    """From exec to exit of a process that must succeed: what it took, its children included. Streams are files or PIPE."""
    with tempfile.NamedTemporaryFile(prefix="measure-took-") as result:
        deadline = time.monotonic() + timeout
        child = processes.start([programs.built("stopwatch"), result.name, *argv], stdin=stdin, stdout=stdout, stderr=PIPE)
        try:
            with select.epoll() as ready:
                streams = {stream.fileno(): [] for stream in (child.stdout, child.stderr) if stream}
                for stream in streams:
                    ready.register(stream, select.EPOLLIN)
                _drain(ready, streams, deadline, argv)
            child.wait(max(deadline - time.monotonic(), 0))
        finally:
            processes.end(child, signal.SIGKILL)
        told = result.read().split()
    out, err = (b"".join(streams[stream.fileno()]) if stream else b"" for stream in (child.stdout, child.stderr))
    if child.returncode:
        raise Ended(f"{words(argv)}: exit code {child.returncode}: {(err or out).decode(errors='replace').strip()[-600:]}")
    seconds, cpu, kibibytes = told
    return Took(float(seconds), float(cpu), int(kibibytes) * 1024, out)


def _drain(ready, streams, deadline, argv):
    """Reads all streams to their ends."""
    left = set(streams)
    while left:
        found = ready.poll(max(deadline - time.monotonic(), 0))
        if not found:
            raise Ended(f"{words(argv)}: did not end in time")
        for stream, _ in found:
            chunk = os.read(stream, 1 << 16)
            streams[stream].append(chunk)
            if not chunk:
                ready.unregister(stream)
                left.discard(stream)


def await_end(child, timeout):
    """Waits for a process without polling, and leaves it to be reaped."""
    ended = os.pidfd_open(child.pid)
    try:
        if not select.select([ended], [], [], max(timeout, 0))[0]:
            raise Ended(f"process {child.pid} did not end in time")
    finally:
        os.close(ended)


def words(argv):
    """A command line for messages: the program, and its arguments without class paths."""
    return " ".join(str(word) for word in argv if not str(word).startswith("-X") and ".jar" not in str(word))[:200]


def stop(broker):
    """Milliseconds from SIGTERM to the exit of a broker."""
    begun = time.monotonic()
    broker.child.send_signal(signal.SIGTERM)
    await_end(broker.child, 60)
    took = time.monotonic() - begun
    broker.stop()
    return took * 1000


def cpu_seconds(pid):
    """User and system time of all threads of a process so far, to the nanosecond: its own clock, as `clock_getcpuclockid` names it."""
    return time.clock_gettime(~pid << 3 | 2)


def seconds_to_ready(broker, topic=None, partitions=0, last=0, patience=120):
    """Launches a broker; from exec until Metadata lists it, and a leader for every partition of the topic, and a Fetch of the
    offset `last` in its last partition answers (`programs/raw_ready.c`)."""
    what = (topic, partitions, last) if topic else ()
    with tempfile.NamedTemporaryFile(prefix="measure-begun-") as begun:
        asking = processes.start([programs.built("raw_ready"), broker.port, patience, *what], stdout=PIPE, stderr=PIPE)
        try:
            asking.stdout.readline()
            broker.through = [programs.built("stopwatch"), "--stamp", begun.name]
            broker.launch()
            _await_either(asking, broker.child, patience + 10)
            if broker.child.poll() is not None or asking.poll() != 0:
                raise brokers.NotReady(f"{broker.title} is not ready: {broker.last_words()}")
            return (int(asking.stdout.read()) - int(begun.read())) / 1e9
        finally:
            broker.through = []
            processes.end(asking, signal.SIGKILL)


def _await_either(one, other, timeout):
    ended = [os.pidfd_open(child.pid) for child in (one, other)]
    try:
        select.select(ended, [], [], timeout)
    finally:
        for fd in ended:
            os.close(fd)
