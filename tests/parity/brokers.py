"""A new broker for each side of a table.

Apache's is formatted once and its data directory copied, at the metadata version that a new data directory of kavka has, so that
topics have the same configurations on both. Its JVM starts from an archive of loaded classes, in a third of the time.
"""

import os
import shutil
import tempfile
from pathlib import Path

from harness import apache_kafka, brokers, java, packages, processes

METADATA_VERSION = "4.0-IV3"
SETTINGS = {**apache_kafka.ALONE, "offsets.topic.num.partitions": 1, "transaction.state.log.num.partitions": 1}


class ApacheKafka(apache_kafka.ApacheKafka):
    HEAP = "256m"
    formatted = None
    options = ()

    def __init__(self):
        super().__init__(settings=SETTINGS)

    def format(self):
        settings = self.folder / "server.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in self.properties().items()))
        if ApacheKafka.formatted:
            shutil.copytree(ApacheKafka.formatted, self.data_dir)
            return
        done = processes.run(self._java("kafka.tools.StorageTool", "format", "-t", apache_kafka.CLUSTER_ID, "-c", settings,
                                        "--release-version", METADATA_VERSION))
        if done.returncode:
            raise brokers.NotReady(f"format: {done.stderr.decode(errors='replace')[-1500:]}")
        ApacheKafka.formatted = Path(tempfile.mkdtemp(prefix="parity-formatted-")) / "data"
        shutil.copytree(self.data_dir, ApacheKafka.formatted)

    def _java(self, main, *arguments):
        options = self.options if main == "kafka.Kafka" else ()
        return java.command(main, *arguments, version=self.version, heap=self.HEAP, options=options)

    def begin(self):
        """Starts it and does not wait: others start meanwhile."""
        self.prepare()
        self.launch()
        return self

    def await_ready(self):
        self.await_leaders(timeout=90)


class Kavka(brokers.Kavka):
    def begin(self):
        return self.start()

    def await_ready(self):
        pass


KINDS = {"kafka": ApacheKafka, "kavka": Kavka}


def start_fast():
    """Makes the archive of classes if there is none; a JVM that it does not fit goes without."""
    archive = packages.CACHE / f"apache-kafka-{packages.kafka_version()}.jsa"
    if not archive.exists():
        made = archive.with_suffix(f".{os.getpid()}")
        broker = ApacheKafka()
        broker.options = [f"-XX:ArchiveClassesAtExit={made}"]
        broker.begin().await_ready()
        broker.close()
        made.rename(archive)
    ApacheKafka.options = [f"-XX:SharedArchiveFile={archive}"]


def forget():
    """Removes the formatted directory."""
    if ApacheKafka.formatted:
        shutil.rmtree(ApacheKafka.formatted.parent, ignore_errors=True)
