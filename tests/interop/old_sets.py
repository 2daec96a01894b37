"""Message sets of before Kafka 0.11, as Apache Kafka 2.8 stored them for topics of those formats: both tools dump them, and a consumer
reads the same from Apache Kafka and from kavka on copies of one directory."""

import shutil
import sys
import tempfile
from pathlib import Path

from harness import brokers, packages, processes
from harness.apache_kafka import ApacheKafka, Cluster

# Topics by the version of their messages.
FORMATS = {"of-magic-0": "0.9.0.1", "of-magic-1": "0.10.0.1"}
AGENT = packages.AGENTS / "old_sets_agent.py"


def read_by_both(tools, report):
    with tempfile.TemporaryDirectory(prefix="interop-old-") as folder:
        stored = Path(folder) / "stored"
        write(stored)
        calls = [*tools.by_folder(stored), *tools.by_file(stored)]
        different = [difference for difference in calls if difference]
        row = f"both tools on message sets of old, {len(calls)} calls"
        if different:
            report.failed("kafka@2.8.2", row, f"{len(different)} differ, the first: {different[0]}")
        else:
            report.passed("kafka@2.8.2", row)
        serve(stored, Path(folder), report)


def write(stored):
    """What 2.8 stores, without what it knows beside."""
    cluster = Cluster("zookeeper", nodes=1, zookeeper=True)
    try:
        cluster.start()
        agent(cluster.address, "write", *(f"{topic}={version}" for topic, version in FORMATS.items()))
        cluster.stop()
        for magic, topic in enumerate(FORMATS):
            shutil.copytree(cluster.node(1).data_dir / f"{topic}-0", stored / f"{topic}-0")
            found = {log.read_bytes()[16] for log in (stored / f"{topic}-0").glob("*.log") if log.stat().st_size}
            if found != {magic}:
                raise RuntimeError(f"{topic} was stored with magic {found}")
    finally:
        cluster.close()


def serve(stored, folder, report):
    """Both brokers on copies of a directory of 4.2.1 in which the topics' files are those of 2.8."""
    seed = ApacheKafka(folder / "seed")
    try:
        seed.start()
        agent(seed.address, "create", *FORMATS)
        seed.stop()
    finally:
        seed.close()
    for topic in FORMATS:
        partition = seed.data_dir / f"{topic}-0"
        for file in partition.iterdir():
            if file.name != "partition.metadata":
                file.unlink()
        for log in (stored / f"{topic}-0").glob("*.log"):
            shutil.copy(log, partition)
    (seed.data_dir / ".kafka_cleanshutdown").unlink(missing_ok=True)
    answers = {}
    for name, kind in (("kafka", ApacheKafka), ("kavka", brokers.Kavka)):
        home = folder / name
        shutil.copytree(folder / "seed", home)
        broker = kind(home)
        if name == "kafka":
            settings = home / "server.properties"
            settings.write_text(settings.read_text().replace(str(folder / "seed"), str(home)).replace(seed.address, broker.address).replace(
                str(seed.controller), str(broker.controller)))
        try:
            broker.start()
            answers[name] = agent(broker.address, "read", *FORMATS)
        finally:
            broker.close()
    lines = answers["kafka"].splitlines()
    row = f"a consumer reads {len(lines)} records and offsets of old alike"
    if answers["kafka"] == answers["kavka"] and len(lines) > 100:
        report.passed("kavka", row)
    else:
        different = next((pair for pair in zip(lines, answers["kavka"].splitlines()) if pair[0] != pair[1]), "the number of lines")
        report.failed("kavka", row, f"first difference: {different}")


def agent(address, *arguments):
    done = processes.run([packages.python(), AGENT, address, *arguments], timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-1500:])
    return done.stdout.decode()


if __name__ == "__main__":
    from dump_tools import DumpTools
    from harness.report import Report

    alone, told = DumpTools(), Report()
    read_by_both(alone, told)
    alone.close()
    sys.exit(told.close())
