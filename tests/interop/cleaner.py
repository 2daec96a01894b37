#!/usr/bin/env python3
"""Apache Kafka's cleaner and kavka's on copies of the same directory: what they leave, file by file.

    tests/interop/cleaner.py [--keep FOLDER]

Apache Kafka, its cleaner switched off, gets records of every kind that compaction treats by itself (`agents/cleaner_agent.py`:
all codecs, tombstones, transactions that commit, abort and stay open, idempotent producers, records without keys, both policies,
lags, more keys than fit, committed offsets). The directory is copied; Apache's broker cleans one copy, kavka's the other, with
the same settings and nobody writing. Then a second round of records goes on top of what Apache left, and both clean again: now
tombstones and markers have their horizons.

Compared are the names of the files, their bytes, and where bytes differ what Apache's kafka-dump-log reads in them. What may
differ: a delete horizon that was set in this very pass is the time of the pass; bytes of a compressed batch that was written
anew are those of another library, and its size with them.
"""

import argparse
import re
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import java, packages, processes  # noqa: E402
from harness.apache_kafka import ALONE, ApacheKafka  # noqa: E402
from harness.apache_tools import ApacheTools  # noqa: E402
from harness.brokers import Kavka  # noqa: E402
from harness.report import Report  # noqa: E402

KINDS = (".log", ".index", ".timeindex", ".txnindex")
CHECKPOINTS = ("cleaner-offset-checkpoint", "log-start-offset-checkpoint")
ASLEEP = {**ALONE, "offsets.topic.num.partitions": 1, "transaction.state.log.num.partitions": 1, "log.cleaner.enable": "false"}
# As many keys as Kafka's least memory holds.
AWAKE = {"log.cleaner.backoff.ms": 200, "log.cleaner.min.cleanable.ratio": 0.0001, "log.cleaner.dedupe.buffer.size": 1048600}
# What Apache's dump must show after each round: else the work has lost what it was made for.
SEEN = {
    "idempotent-0": (["count: 0 "], ["count: 0 "]),
    "transactional-0": (["endTxnMarker: ABORT", "endTxnMarker: COMMIT"], ["isControl: true deleteHorizonMs: OptionalLong["]),
    "codec-none-0": (["deleteHorizonMs: OptionalLong["], ["deleteHorizonMs: OptionalLong["]),
    "wide-0": (["key-59999"], ["key-59999"]),
}
UNTOUCHED = {"waiting-0", "__transaction_state-0"}
# No pass begins any more when the checkpoint has not changed for so long.
QUIET_SECONDS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the directories here")
    arguments = parser.parse_args()
    report, now = Report(), int(time.time() * 1000)
    origin = ApacheKafka(settings=ASLEEP)
    home = arguments.keep or origin.folder / "copies"
    tools = ApacheTools()
    try:
        for stage in (1, 2):
            write(origin, stage, now)
            began = int(time.time() * 1000)
            copies = {name: copied(origin, home / f"{name}-{stage}") for name in ("kafka", "kavka")}
            for name, folder in copies.items():
                clean(name, folder, report)
            Comparison(report, tools, stage, began, {name: folder / "data" for name, folder in copies.items()}).run(origin.data_dir)
            shutil.rmtree(origin.data_dir)
            shutil.copytree(copies["kafka"] / "data", origin.data_dir)
    finally:
        tools.close()
        origin.close()
    return report.close()


def write(origin, stage, now):
    origin.start()
    agent = [packages.python(), packages.AGENTS / "cleaner_agent.py", origin.address, str(stage), str(now)]
    done = processes.run(agent, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-1500:])
    origin.stop()


def copied(origin, folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(origin.data_dir, folder / "data")
    return folder


def clean(name, folder, report):
    if name == "kafka":
        broker = ApacheKafka(folder=folder, settings={**ALONE, **AWAKE})
        properties = "".join(f"{key}={value}\n" for key, value in broker.properties().items())
        (folder / "server.properties").write_text(properties)
    else:
        broker = Kavka(folder=folder, settings=AWAKE)
    try:
        seconds = settled(broker.start())
        report.note(f"{name}: settled after {seconds:.1f} s")
        if broker.stop() not in (0, 143):
            report.failed(name, "an orderly stop", f"exit code {broker.child.returncode}: {broker.last_words()}")
    finally:
        broker.close()


def settled(broker):
    """Waits until nothing is cleaned any more; how long that took."""
    file, seen, began = broker.data_dir / CHECKPOINTS[0], None, time.monotonic()
    changed = began
    while time.monotonic() - changed < QUIET_SECONDS or not seen:
        if not broker.runs or time.monotonic() - began > 120:
            raise RuntimeError(f"{broker.name} does not come to rest: {broker.last_words()}")
        current = file.read_text() if file.exists() else None
        if current != seen:
            seen, changed = current, time.monotonic()
        time.sleep(0.1)
    return changed - began


class Comparison:
    """Of what both left of one round."""

    def __init__(self, report, tools, stage, began, folders):
        self.report, self.tools, self.stage, self.began, self.folders = report, tools, stage, began, folders
        self.equal, self.all = 0, 0

    def run(self, origin):
        for checkpoint in CHECKPOINTS:
            theirs, ours = (sorted(offsets(folder / checkpoint)) for folder in self.folders.values())
            self.judge(checkpoint, first_difference(theirs, ours))
        for partition in sorted(folder.name for folder in self.folders["kafka"].iterdir() if folder.is_dir()):
            if partition != "__cluster_metadata-0":
                self.partition(partition)
                self.work_was_done(partition, origin)
        self.report.note(f"stage {self.stage}: {self.equal} of {self.all} files equal byte for byte")

    def partition(self, partition):
        theirs, ours = (files(folder / partition) for folder in self.folders.values())
        fault = first_difference(list(theirs), list(ours))
        if fault:
            self.judge(partition, f"other files: {fault}")
            return
        different = [name for name in theirs if theirs[name].read_bytes() != ours[name].read_bytes()]
        self.all, self.equal = self.all + len(theirs), self.equal + len(theirs) - len(different)
        compressed = partition.startswith("codec-") and partition != "codec-none-0"
        for name in different:
            kind = name[name.rindex("."):]
            if kind == ".index" and compressed:
                continue
            fault = first_difference(*(self.dump(each[name], compressed) for each in (theirs, ours)))
            if fault:
                self.judge(f"{partition}/{name}", fault)
                return
        self.judge(f"{partition}, {len(theirs)} files, {len(different)} read", None)

    def work_was_done(self, partition, origin):
        """A comparison of logs that nobody had to clean would say nothing."""
        cleaned = files(self.folders["kafka"] / partition)
        before, after = (sum(file.stat().st_size for file in each.values() if file.suffix == ".log")
                         for each in (files(origin / partition), cleaned))
        idle = UNTOUCHED if self.stage == 1 else UNTOUCHED | {"overdue-0", "lagging-0"}
        if (after < before) != (partition not in idle):
            self.judge(f"{partition} was cleaned", f"{before} bytes became {after}")
        if partition in SEEN:
            text = "\n".join(line for file in cleaned.values() if file.suffix == ".log" for line in self.dump(file, False))
            missing = [part for part in SEEN[partition][self.stage - 1] if part not in text]
            self.judge(f"{partition} has what it was made for", f"not there: {missing}" if missing else None)

    def dump(self, file, compressed):
        """The lines of kafka-dump-log, without what may differ."""
        options = ["--print-data-log", "--deep-iteration"] if file.suffix == ".log" else []
        exit_code, out, err = self.tools.start(java.main_class("kafka-dump-log.sh"), *options, "--files", str(file)).wait()
        if exit_code:
            raise RuntimeError(f"{file}: {err[-800:]}")
        return [self.normalised(line, compressed) for line in out.splitlines() if not line.startswith("Dumping ")]

    def normalised(self, line, compressed):
        line = re.sub(r"deleteHorizonMs: OptionalLong\[(\d+)\]", self._horizon, line)
        line = re.sub(r"crc: \d+", "crc: C", line)
        if compressed:
            line = re.sub(r"(size|position): \d+", r"\1: N", line)
        return line

    def _horizon(self, match):
        """One that was there before must be the same; one of this pass is as old as the pass."""
        return "deleteHorizonMs: OptionalLong[this pass]" if int(match[1]) >= self.began else match[0]

    def judge(self, what, fault):
        if fault:
            self.report.failed("kavka", f"stage {self.stage}, {what}", fault)
        else:
            self.report.passed("kavka", f"stage {self.stage}, {what}")


def offsets(file):
    """The lines of a checkpoint without version and count."""
    return file.read_text().splitlines()[2:] if file.exists() else []


def files(folder):
    """A partition's files of segments, by name."""
    return {file.name: file for file in sorted(folder.iterdir()) if file.suffix in KINDS}


def first_difference(theirs, ours):
    for their, our in zip(theirs, ours):
        if their != our:
            return f"Apache's: {their!r}, ours: {our!r}"
    if len(theirs) != len(ours):
        return f"Apache's has {len(theirs)}, ours {len(ours)}: {sorted(set(theirs) ^ set(ours))[:4]}"
    return None


if __name__ == "__main__":
    sys.exit(main())
