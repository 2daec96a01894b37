"""Wall time and processor time of processes, from Linux's /proc and from `wait4`."""

import os
import select
import signal
import time
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE

from harness import processes

TICK = 1 / os.sysconf("SC_CLK_TCK")


class Ended(Exception):
    """A process that did not end as it should, in its own words."""


@dataclass
class Took:
    seconds: float
    cpu: float
    out: bytes = b""


def run(argv, stdin=DEVNULL, stdout=PIPE, timeout=180):
    """From exec to exit of a process that must succeed: what it took, its children included. Streams are files or PIPE."""
    begun = time.monotonic()
    child = processes.start(argv, stdin=stdin, stdout=stdout, stderr=PIPE)
    try:
        with select.epoll() as ready:
            streams = {stream.fileno(): [] for stream in (child.stdout, child.stderr) if stream}
            for stream in streams:
                ready.register(stream, select.EPOLLIN)
            _drain(ready, streams, begun + timeout, argv)
        await_end(child, begun + timeout - time.monotonic())
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        processes.end(child, signal.SIGKILL)
    out, err = (b"".join(streams[stream.fileno()]) if stream else b"" for stream in (child.stdout, child.stderr))
    if child.returncode:
        raise Ended(f"{words(argv)}: exit code {child.returncode}: {(err or out).decode(errors='replace').strip()[-600:]}")
    return Took(seconds, used.ru_utime + used.ru_stime, out)


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
    """User and system time of all threads of a process so far, in ticks of 10 ms."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK
