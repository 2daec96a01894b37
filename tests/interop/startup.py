#!/usr/bin/env python3
"""How long a broker takes to its first answer, and what it holds in memory when idle: kavka and Apache Kafka.

    tests/interop/startup.py [--runs 5]

From exec to the first answered Metadata request, on a new directory and on one that has been used; resident memory two
seconds later. It prints and judges nothing: times belong to the machine. Apache Kafka's directory is formatted before
the clock starts, and its JVM is the one that the suite uses everywhere (heap of 512 MB, C1 only).
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import brokers, packages, wire  # noqa: E402
from harness.processes import resident_bytes  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Time to the first answer, and idle memory, of kavka and Apache Kafka.")
    parser.add_argument("--runs", type=int, default=5, help="starts on a new directory, and as many on a used one")
    runs = parser.parse_args().runs
    print(f"kavka: {packages.kavka()} ({packages.kavka().stat().st_size / 1e6:.0f} MB)")
    print(f"{'':24}{'new directory':>16}{'used directory':>16}{'idle memory':>14}   (medians of {runs}; times: least–most)")
    for kind in (brokers.Kavka, brokers.ApacheKafka):
        new, used, memory = zip(*(once(kind()) for _ in range(runs)))
        print(f"{kind.name:24}{spread(new):>16}{spread(used):>16}{statistics.median(memory) / 1e6:>11.0f} MB")
    print("1 passed, 0 failed")


def once(broker):
    """(seconds on a new directory, seconds on the same one later, idle bytes)"""
    try:
        if isinstance(broker, brokers.ApacheKafka):
            broker.format()
        new = seconds_to_first_answer(broker)
        time.sleep(2)
        memory = resident_bytes(broker.pid)
        broker.stop()
        return new, seconds_to_first_answer(broker), memory
    finally:
        broker.close()


def seconds_to_first_answer(broker):
    begun = time.monotonic()
    broker.launch()
    while time.monotonic() - begun < 90:
        try:
            wire.metadata(broker.address, timeout=5)
            return time.monotonic() - begun
        except (OSError, ValueError):
            if broker.child.poll() is not None:
                break
            time.sleep(0.0005)
    raise brokers.NotReady(f"{broker.name} did not answer: {broker.last_words()}")


def spread(seconds):
    middle = f"{statistics.median(seconds) * 1000:.0f} ms"
    return f"{middle} ({min(seconds) * 1000:.0f}–{max(seconds) * 1000:.0f})"


if __name__ == "__main__":
    sys.exit(main())
