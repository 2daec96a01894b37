#!/usr/bin/env python3
"""A disk that runs full under load: a small tmpfs of the data directory's own, which takes root to mount.

    tests/interop/full_disk.py [--seconds 5] [--size 48]

Idempotent producers write until a file that is none of the broker's takes all that is left. Then no producer may be told
that its record is there; who does not try again must be told of a storage error; what was acknowledged must be read as
before, and the broker must live. When the file is gone the producers must go on by themselves, and nothing may be lost
or there twice. The same again with kill -9 of the broker while the disk is full, and a start on it.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from clients.confluent import Confluent  # noqa: E402
from clients.hammer import Hammer  # noqa: E402
from clients.kafka_python import KafkaPython  # noqa: E402
from harness import brokers, processes  # noqa: E402
from harness.report import Report  # noqa: E402
from kill9 import faults  # noqa: E402

TOPIC, PARTITIONS, THREADS = "hammered", 3, 2
STORAGE_ERROR = "KAFKA_STORAGE_ERROR"  # which librdkafka calls by the same name
GOES_ON = 30  # seconds: librdkafka waits up to one between attempts


def main():
    parser = argparse.ArgumentParser(description="A disk that runs full under load.")
    parser.add_argument("--seconds", type=float, default=5, help="how long it stays full")
    parser.add_argument("--size", type=int, default=48, help="of the disk, in MiB")
    arguments = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="interop-full-disk-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        mounted = processes.run(["mount", "-t", "tmpfs", "-o", f"size={arguments.size}m", "tmpfs", data])
        if mounted.returncode:
            report.failed("full disk", "mount", mounted.stderr.decode().strip())
            return report.close()
        # Segments that roll now and then, so that the disk also fails where files are made.
        broker = brokers.Kavka(folder, settings={"log.segment.bytes": 1 << 20}).start()
        try:
            trial = Trial(broker, data, report, Path(folder) / "acknowledged")
            trial.full(arguments.seconds)
            trial.full(arguments.seconds, killed=True)
        except Exception as failed:
            report.failed("full disk", "the trial itself", repr(failed))
        finally:
            broker.close()
            processes.run(["umount", data])
    return report.close()


class Trial:
    def __init__(self, broker, data, report, told):
        self.broker, self.report, self.told, self.ballast = broker, report, told, data / "ballast"
        self.hammer, self.reader, admin = Hammer(), KafkaPython(), Confluent()
        self.hammer.connect(broker.address)
        admin.connect(broker.address)
        admin.create_topic(TOPIC, PARTITIONS)
        admin.close()
        self.hammer.ask("begin", topic=TOPIC, partitions=PARTITIONS, threads=THREADS)

    def full(self, seconds, killed=False):
        name = "killed while full" if killed else "full"
        self.hammer.ask("resume")
        before = self.hammer.ask("counted")
        processes.until(lambda: self.hammer.ask("counted") > before + 2000, 60, "2,000 acknowledgements")
        size = fill(self.ballast)
        self._settle()
        stopped_at = self.hammer.ask("counted")
        deadline = time.monotonic() + seconds
        refusals = set()
        while time.monotonic() < deadline:
            # What is left of the last page may still take a record of one partition or another.
            refusals |= {self.hammer.ask("refusal", topic=TOPIC, partition=partition) for partition in range(PARTITIONS)}
            fill(self.ballast)
        self.report.note(f"{name}: {size} bytes of ballast, {stopped_at} acknowledged, then {self.hammer.ask('counted') - stopped_at} more; "
                         f"without another attempt: {sorted(map(str, refusals))}")
        self._verdict(name, "who does not try again is told of a storage error", STORAGE_ERROR in refusals, refusals)
        if killed:
            self.broker.kill()
            self._verdict(name, "starts on the full disk, or says why not", self._starts(), self.broker.last_words())
        else:
            self._verdict(name, "the broker lives", self.broker.runs, self.broker.last_words())
        if self.broker.runs:
            self._verdict(name, "what was acknowledged can be read", *self._compared(complete=False))
        self.ballast.unlink()
        if not self.broker.runs:
            self.broker.start()
        begun, counted = time.monotonic(), self.hammer.ask("counted")
        processes.until(lambda: self.hammer.ask("counted") > counted + 1000, GOES_ON, "producers that go on")
        self.report.note(f"{name}: 1,000 acknowledgements {time.monotonic() - begun:.1f} s after there was room again")
        self.hammer.ask("pause")
        self._verdict(name, "nothing is lost or there twice", *self._compared(complete=True))

    def _settle(self):
        """Waits until a second has passed without an acknowledgement."""
        last, since = self.hammer.ask("counted"), time.monotonic()
        while time.monotonic() - since < 1:
            time.sleep(0.05)
            fill(self.ballast)
            if (counted := self.hammer.ask("counted")) != last:
                last, since = counted, time.monotonic()

    def _starts(self):
        """Whether the broker comes up, or ends by itself with words about the room it has not."""
        try:
            self.broker.start()
            return True
        except brokers.NotReady as refused:
            self.report.note(f"no start on a full disk: {str(refused)[-300:]}")
            return not self.broker.runs and "space" in str(refused)

    def _compared(self, complete):
        """Of the producers' own records, whose values are `number-number`; refused ones were of zeros."""
        self.hammer.ask("acknowledged", path=str(self.told))
        rows = (line.split() for line in self.told.read_text().splitlines())
        acknowledged = {(int(partition), int(offset)): value for partition, offset, value in rows}
        self.reader.connect(self.broker.address)
        try:
            read = [(record.partition, record.offset, record.value.decode()) for record in self.reader.read(TOPIC)]
        finally:
            self.reader.close()
        wrong = faults([row for row in read if "-" in row[2]], acknowledged, complete)
        return not wrong, wrong

    def _verdict(self, name, what, holds, otherwise):
        if holds:
            self.report.passed(name, what)
        else:
            self.report.failed(name, what, otherwise)


def fill(path):
    """Writes until there is no room for one more byte; returns the file's size."""
    with open(path, "ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while ballast.write(bytes(size)):
                    pass
            except OSError:
                pass
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
