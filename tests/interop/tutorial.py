#!/usr/bin/env python3
"""Apache's tutorial with kavka's `bin`, and with the two programs' parts exchanged.

    tests/interop/tutorial.py

In a directory whose `bin` is `kavka install-tools` and whose `config/server.properties` has the keys and values of the file that
Kafka 4.2.1 ships (on ports and a directory of this run): the tutorial itself; then with Apache's own tools and with kcat against
kavka's server, on its controller's listener too; then with storage that Apache's kafka-storage.sh formatted for kavka's server, at
the levels of 4.0, 4.2 and 3.9, and with storage that kavka formatted for Apache's server.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from subprocess import DEVNULL

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import java, packages, processes  # noqa: E402
from harness.report import Report  # noqa: E402

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:{controller}
listeners=PLAINTEXT://:{port},CONTROLLER://:{controller}
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:{port},CONTROLLER://localhost:{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs={logs}
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
"""
FILE = "config/server.properties"
STARTED = "Kafka Server started"


class Place:
    """A directory as the tutorial has it; no server outlives it."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="interop-tutorial-"))
        self.port, self.controller = processes.free_port(), processes.free_port()
        self.logs, self.apache = self.folder / "kraft-combined-logs", None
        (self.folder / "config").mkdir()
        (self.folder / FILE).write_text(PROPERTIES.format(port=self.port, controller=self.controller, logs=self.logs))
        self.kavka("install-tools", "bin")

    def close(self):
        if self.apache:
            processes.end(self.apache)
        self.run(packages.kavka(), "broker", "stop", "--all")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def server(self):
        return f"localhost:{self.port}"

    def run(self, *words, stdin=None):
        kept = {name: value for name, value in processes.environment(HOME=str(self.folder)).items()
                if not name.startswith("XDG_") and name not in ("LOG_DIR", "SIGNAL")}
        return processes.run(words, stdin=stdin, cwd=self.folder, env=kept)

    def must(self, *words, stdin=None):
        done = self.run(*words, stdin=stdin)
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}: {(done.stdout + done.stderr).decode()[-900:]}")
        return done.stdout.decode()

    def kavka(self, *words):
        return self.must(packages.kavka(), *words)

    def bin(self, tool, *words, stdin=None):
        return self.must(self.folder / "bin" / tool, *words, stdin=stdin)

    def java(self, tool, *words, stdin=None):
        return self.must(*java.command(java.main_class(tool), *words), stdin=stdin)

    def log(self):
        return (self.folder / "logs/kafkaServer.out").read_text()

    def start(self):
        expect(self.bin("kafka-server-start.sh", "-daemon", FILE), "")
        processes.until(lambda: STARTED in self.log() or "ERROR" in self.log(), 30, "the server's log has an end to its start")
        if STARTED not in self.log():
            raise RuntimeError(self.log())

    def stop(self):
        expect(self.bin("kafka-server-stop.sh"), "")
        processes.until(lambda: self.run(self.folder / "bin/kafka-server-stop.sh").returncode, 30, "the server has stopped", pause=0.1)

    def start_apache(self):
        with open(self.folder / "apache.log", "ab") as log:
            words = java.command(java.SERVER, FILE, options=["-Xmx256m"])
            self.apache = processes.start(words, stdout=log, stderr=log, stdin=DEVNULL, cwd=self.folder)

    def stop_apache(self):
        processes.end(self.apache)
        self.apache = None


def expect(found, wanted):
    if found != wanted:
        raise ValueError(f"{found!r} instead of {wanted!r}")


def hold(text, *parts):
    for part in parts:
        if part not in text:
            raise ValueError(f"no {part!r} in {text!r}")


def main():
    report = Report()
    for trial in (word_for_word, apaches_tools, controllers_listener, kcat, on_apaches_storage, on_storage_of_older_levels,
                  apache_on_kavkas_storage):
        place = Place()
        try:
            trial(place)
            report.passed("tutorial", trial.__doc__)
        except Exception as failed:  # noqa: BLE001
            report.failed("tutorial", trial.__doc__, repr(failed)[:1500])
        finally:
            place.close()
    return report.close()


def format_and_start(place):
    cluster = place.bin("kafka-storage.sh", "random-uuid").strip()
    place.bin("kafka-storage.sh", "format", "--standalone", "-t", cluster, "-c", FILE)
    place.start()
    return cluster


def topics(place, tool, *words):
    return tool("kafka-topics.sh", "--bootstrap-server", place.server, *words)


def lesson(place, tool):
    hold(topics(place, tool, "--create", "--topic", "email.send"), "Created topic email.send.\n")
    expect(topics(place, tool, "--list"), "email.send\n")
    hold(topics(place, tool, "--describe", "--topic", "email.send"), "PartitionCount: 1\tReplicationFactor: 1\tConfigs: ",
         "segment.bytes=1073741824", "\tTopic: email.send\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1")
    at = ("--bootstrap-server", place.server, "--topic", "email.send")
    tool("kafka-console-producer.sh", *at, stdin=b"one\ntwo\n")
    expect(tool("kafka-console-consumer.sh", *at, "--from-beginning", "--max-messages", "2"), "one\ntwo\n")
    expect(topics(place, tool, "--delete", "--topic", "email.send"), "")
    processes.until(lambda: "email.send" not in topics(place, tool, "--list"), 20, "the topic is gone", pause=0.2)


def word_for_word(place):
    """the tutorial, word for word"""
    format_and_start(place)
    lesson(place, place.bin)
    place.stop()
    hold(str(sorted(path.name for path in place.logs.iterdir())), ".kafka_cleanshutdown")


def apaches_tools(place):
    """Apache's own tools at kavka's server"""
    format_and_start(place)
    lesson(place, place.java)
    place.stop()


def controllers_listener(place):
    """Apache's own tools at kavka's controller"""
    cluster = format_and_start(place)
    at = ("--bootstrap-controller", f"localhost:{place.controller}")
    hold(place.java("kafka-cluster.sh", "cluster-id", *at), f"Cluster ID: {cluster}")
    hold(place.java("kafka-cluster.sh", "list-endpoints", *at), "localhost", str(place.controller), "controller")
    place.java("kafka-configs.sh", *at, "--alter", "--entity-type", "brokers", "--entity-default", "--add-config", "log.retention.ms=5000")
    hold(place.java("kafka-configs.sh", *at, "--describe", "--entity-type", "brokers", "--entity-default"), "log.retention.ms=5000")
    place.stop()


def kcat(place):
    """kcat at kavka's server"""
    format_and_start(place)
    place.must(packages.kcat(), "-b", place.server, "-P", "-t", "email.send", stdin=b"one\ntwo\n")
    expect(place.must(packages.kcat(), "-b", place.server, "-C", "-t", "email.send", "-e", "-q"), "one\ntwo\n")
    place.stop()


def apache_formats(place, *words):
    cluster = place.java("kafka-storage.sh", "random-uuid").strip()
    place.java("kafka-storage.sh", "format", "--standalone", "-t", cluster, "-c", FILE, *words)
    hold(place.bin("kafka-storage.sh", "info", "-c", FILE), f"cluster.id={cluster}, directory.id=", "node.id=1, version=1")


def on_apaches_storage(place):
    """kavka's server on storage that Apache's tool formatted"""
    apache_formats(place)
    place.start()
    lesson(place, place.bin)
    place.stop()
    place.start()
    place.stop()


def on_storage_of_older_levels(place):
    """the same at the levels of 3.9 and 4.0"""
    for release in ("3.9", "4.0"):
        shutil.rmtree(place.logs, ignore_errors=True)
        apache_formats(place, "--release-version", release)
        place.start()
        lesson(place, place.bin)
        place.stop()


def apache_on_kavkas_storage(place):
    """Apache's server on storage that kavka formatted, then kavka's on what Apache left, then Apache's again"""
    cluster = place.bin("kafka-storage.sh", "random-uuid").strip()
    place.bin("kafka-storage.sh", "format", "--standalone", "-t", cluster, "-c", FILE)
    hold(place.java("kafka-storage.sh", "info", "-c", FILE), f"cluster.id={cluster}")
    place.start_apache()
    lesson(place, place.bin)
    topics(place, place.bin, "--create", "--topic", "kept")
    place.stop_apache()
    place.start()
    hold(topics(place, place.bin, "--list"), "kept\n")
    place.stop()
    place.start_apache()
    hold(topics(place, place.bin, "--list"), "kept\n")
    place.stop_apache()


if __name__ == "__main__":
    sys.exit(main())
