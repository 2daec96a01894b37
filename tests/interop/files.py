#!/usr/bin/env python3
"""What the dump tools read in kavka's files and in Apache Kafka's after the same work.

    tests/interop/files.py [--full] [--keep FOLDER]

Both brokers get batches of every codec, idempotent ones, transactions of both protocols (confluent-kafka, and Apache's own
performance test) that commit and abort, with offsets of a group in some, and a topic whose compaction is waited for; then both
are stopped in order.

First, Apache's kafka-dump-log reads both: the dumps of the topics, of `__transaction_state` and of `__consumer_offsets` with
their indexes and producer snapshots are compared line by line. What differs by nature (times, checksums over them, producer ids,
folders) is replaced on both sides by rules of fixed shape. The time indexes of the internal topics are left out: which of several
records is the first of the newest millisecond depends on how many the broker writes in one. So is what was compacted.

Then every file of both folders is read by Apache's tool and by kavka's under its name (`dump_tools.py`), whose streams and exit
codes must be the same. With `--full` each file is also read alone, in every manner that there is for its kind, and so are files
taken from under a running broker, those of Apache Kafka 3.9, and message sets of before 0.11 that Apache Kafka 2.8 wrote
(`old_sets.py`), which a consumer must read from both brokers alike.
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import old_sets  # noqa: E402
from dump_tools import DumpTools  # noqa: E402
from harness import brokers, java, packages, processes  # noqa: E402
from harness.report import Report  # noqa: E402

# A group of files: the partitions' folder names, and the decoder of their records.
GROUPS = [("written-0", "--print-data-log"), ("measured-0", "--print-data-log"), ("__transaction_state-*", "--transaction-log-decoder"),
          ("__consumer_offsets-*", "--offsets-decoder")]
KINDS = ["log", "index", "timeindex", "txnindex", "snapshot"]
RULES = [(re.compile(pattern), text) for pattern, text in [
    (r"(CreateTime|lastTimestamp|timestamp|LogAppendTime): -?\d+", r"\1: T"),
    (r'("\w*[tT]imestamp(?:Ms)?"):"?\d{13}"?', r"\1:T"),
    (r"crc: \d+", "crc: C"),
    (r'"topicId":"[\w-]{22}"', '"topicId":"I"'),
]]
PRODUCER = re.compile(r'(producerId"?: ?"?)(\d+)')


def main():
    parser = argparse.ArgumentParser(description="What the dump tools read in kavka's files and in Apache Kafka's.")
    parser.add_argument("--keep", type=Path, help="write both dumps here")
    parser.add_argument("--full", action="store_true", help="each file in every manner, running brokers, 3.9, and message sets of old")
    arguments = parser.parse_args()
    report, dumps, tools = Report(), {}, DumpTools()
    try:
        for name in ["kafka", "kavka"] + (["kafka@3.9"] if arguments.full else []):
            try:
                dumps[name] = worked(name, tools, report, arguments.full)
            except Exception as failed:
                report.failed(name, "the work", repr(failed))
        if arguments.full:
            try:
                old_sets.read_by_both(tools, report)
            except Exception as failed:
                report.failed("message sets of old", "the work", repr(failed))
    finally:
        tools.close()
    if "kafka" in dumps and "kavka" in dumps:
        compare(report, dumps["kafka"], dumps["kavka"], arguments.keep)
    return report.close()


def worked(name, tools, report, full):
    """The work on a new broker, both tools on what it left, and what Apache's read."""
    broker = brokers.named(name)
    try:
        work(broker)
        if full:
            with tempfile.TemporaryDirectory(prefix="interop-running-") as folder:
                running = Path(shutil.copytree(broker.data_dir, Path(folder) / "data"))
                told(report, name, "while it runs, by folder", tools.by_folder(running))
        broker.stop()
        told(report, name, "by folder", tools.by_folder(broker.data_dir))
        if full:
            told(report, name, "file by file, in every manner", tools.by_file(broker.data_dir))
        return dump(broker.data_dir) if "@" not in name else None
    finally:
        broker.close()


def told(report, name, manner, differences):
    """Says how many calls there were, or in what the first differed."""
    calls = list(differences)
    different = [difference for difference in calls if difference]
    row = f"both tools on its files {manner}, {len(calls)} calls"
    if different:
        report.failed(name, row, f"{len(different)} differ, the first: {different[0]}")
    else:
        report.passed(name, row)


def work(broker):
    done = processes.run([packages.python(), packages.AGENTS / "files_agent.py", broker.address, "compaction"], timeout=240)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-1500:])
    # A transaction that is as long as the test. One record: the times of several could take more or fewer bytes.
    measured = processes.run(java.command(
        java.main_class("kafka-producer-perf-test.sh"), "--topic", "measured", "--num-records", "1", "--payload-monotonic",
        "--throughput", "-1", "--transactional-id", "measured", "--transaction-duration-ms", "60000", "--producer-props",
        f"bootstrap.servers={broker.address}", "linger.ms=2000"), timeout=240)
    if measured.returncode:
        raise RuntimeError(measured.stderr.decode(errors="replace")[-1500:])
    processes.until(lambda: was_compacted(broker.data_dir), 60, "the compaction of the topic")


def was_compacted(data_dir):
    """Whether a pass went beyond what the first transaction wrote."""
    checkpoint = data_dir / "cleaner-offset-checkpoint"
    lines = checkpoint.read_text().splitlines() if checkpoint.exists() else []
    return any(topic == "compacted" and int(offset) > 100 for topic, _, offset in map(str.split, lines[2:]))


def dump(data_dir):
    """By folder pattern and kind of file, the lines that kafka-dump-log prints."""
    lines = {}
    for pattern, decoder in GROUPS:
        folders = sorted(folder for folder in data_dir.glob(pattern) if any(file.stat().st_size for file in folder.glob("*.log")))
        for kind in KINDS:
            files = [file for folder in folders for file in sorted(folder.glob(f"*.{kind}"))]
            lines[pattern, kind] = read(files, decoder if kind == "log" else None, data_dir) if files else []
    return lines


def read(files, decoder, data_dir):
    options = ["--deep-iteration", decoder] if decoder else []
    main_class = java.main_class("kafka-dump-log.sh")
    done = processes.run(java.command(main_class, *options, "--files", ",".join(map(str, files))), timeout=120)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).decode(errors="replace")[-1500:])
    text = (done.stdout + done.stderr).decode(errors="replace").replace(str(data_dir), "")
    return normalised(text.splitlines())


def normalised(lines):
    producers = {}
    found = []
    for line in lines:
        for pattern, text in RULES:
            line = pattern.sub(text, line)
        found.append(PRODUCER.sub(lambda match: match[1] + producers.setdefault(match[2], f"P{len(producers)}"), line))
    return found


def compare(report, theirs, ours, keep):
    for pattern, kind in theirs:
        if kind == "timeindex" and pattern.startswith("__"):
            continue
        expected, found = theirs[pattern, kind], ours[pattern, kind]
        if keep:
            for name, lines in (("kafka", expected), ("kavka", found)):
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{name}-{pattern.strip('*-')}.{kind}").write_text("\n".join(lines))
        row = f"{pattern} .{kind}, {len(expected)} lines"
        different = next((pair for pair in zip(expected, found) if pair[0] != pair[1]), None)
        if different:
            report.failed("kavka", row, f"Apache's: {different[0]!r}, ours: {different[1]!r}")
        elif len(expected) != len(found):
            report.failed("kavka", row, f"Apache's has {len(expected)} lines, ours {len(found)}")
        else:
            report.passed("kavka", row)


if __name__ == "__main__":
    sys.exit(main())
