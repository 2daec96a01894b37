#!/usr/bin/env python3
"""The letters of `kavka consume --format` mean what they mean in kcat: the same records in the same formats, by both.

    tests/interop/letters.py [--broker kavka|kafka|HOST:PORT]

The records have keys, values and headers that are text, bytes, empty and null. What both print is compared byte by byte; so
are the records from which both begin when an offset is counted from the end.
"""

import argparse
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import brokers, packages, processes  # noqa: E402
from harness.report import Report  # noqa: E402

RECORDS = """\
{"key":"k1","value":"v1","headers":[{"key":"a","value":"1"},{"key":"b","value":null},{"key":"a","value":""}],"timestamp":1700000000123}
{"key":null,"value":null}
{"key":"","value":""}
{"key_base64":"/w==","value":"line\\nline","headers":[{"key":"bytes","value_base64":"gP8="}]}
{"key":"Ключ","value":"{\\"n\\": 1}","timestamp":1700000000999}
"""
FORMATS = [
    r"%t|%p|%o|%k|%K|%s|%S|%h|%%\n", r"%k\t%s\x41\n", r"a%Rb\n", r"%T\n", r"{%k}\r\n", r"%S:%s%K:%k", r"no letters\n", r"%o%%%p \\ \t.",
]
OFFSETS = ["0", "3", "-1", "-4", "-99"]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip(), description=__doc__.splitlines()[0])
    parser.add_argument("--broker", default="kavka", help="kavka (default), kafka (Apache Kafka), or a running one's HOST:PORT")
    broker = brokers.named(parser.parse_args().broker)
    report = Report()
    try:
        compare(broker.address, f"letters-{time.time_ns():x}", report)
    finally:
        broker.close()
    return report.close()


def compare(address, topic, report):
    kcat, kavka = packages.kcat(), packages.kavka()
    report.version("kcat", re.search(r"Version (\S+)", processes.run([kcat, "-V"]).stdout.decode())[1])
    own = lambda *words, **options: output([kavka, *words, "--bootstrap-server", address], **options)  # noqa: E731
    own("topics", "--create", "--topic", topic, "--partitions", "1", "--config", "retention.ms=-1")
    own("produce", "--topic", topic, "--input", "jsonl", stdin=RECORDS.encode())
    for format_ in FORMATS:
        theirs = output([kcat, "-C", "-b", address, "-t", topic, "-e", "-q", "-f", format_])
        ours = own("consume", "--topic", topic, "--offset", "..latest", "--format", format_)
        judge(report, f"--format {format_}", theirs, ours)
    for offset in OFFSETS:
        theirs = output([kcat, "-C", "-b", address, "-t", topic, "-e", "-q", "-f", "%o ", "-o", offset])
        ours = own("consume", "--topic", topic, "--offset", offset, "--until-end", "--format", "%o ")
        judge(report, f"--offset {offset}", theirs, ours)


def judge(report, row, theirs, ours):
    if theirs == ours:
        report.passed("kavka", row)
    else:
        report.failed("kavka", row, f"kcat printed {theirs!r}, kavka {ours!r}")


def output(argv, **options):
    done = processes.run(argv, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, argv))}: exit {done.returncode}, {done.stderr.decode(errors='replace')}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
