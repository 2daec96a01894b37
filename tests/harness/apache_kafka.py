"""Apache Kafka from its jars: one node, or a cluster of several on this machine, with KRaft or with ZooKeeper.

Each node is a JVM of its own with a small heap. With KRaft every node is broker and controller at once; with ZooKeeper
(versions before 4.0) there is one ZooKeeper beside the brokers. A node has an `address` and can be stopped, killed and
started again on its directory and port; the cluster's `address` lists all of them.
"""

import shutil
import signal
import tempfile
from pathlib import Path
from subprocess import DEVNULL

from harness import java, packages, processes, wire
from harness.started import NotReady, Started
from harness.zookeeper import ZooKeeper

CLUSTER_ID = "aW50ZXJvcC1zdWl0ZS0wMQ"
# The first release that is production-ready without ZooKeeper, and the first that cannot have it.
FIRST_WITH_KRAFT, FIRST_WITHOUT_ZOOKEEPER = (3, 3), (4, 0)

# As on one machine for tests: no waiting for a first group member, and short sessions between broker and controller, so
# that a killed broker is soon missed and may come back at once.
COMMON = {
    "group.initial.rebalance.delay.ms": 0,
}
KRAFT = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
}
ALONE = {
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
}
# Internal topics survive a node, and are small enough to be made in a moment.
REPLICATED = {
    "offsets.topic.replication.factor": 3,
    "offsets.topic.num.partitions": 6,
    "transaction.state.log.replication.factor": 3,
    "transaction.state.log.num.partitions": 6,
    "transaction.state.log.min.isr": 2,
    "share.coordinator.state.topic.replication.factor": 3,
    "share.coordinator.state.topic.num.partitions": 6,
    "share.coordinator.state.topic.min.isr": 2,
}


class ApacheKafka(Started):
    """One node of Apache Kafka; alone unless it is told of a quorum or a ZooKeeper."""

    name = "kafka"
    HEAP = "512m"

    def __init__(self, folder=None, version=None, port=None, node=1, settings=None):
        super().__init__(folder, port)
        self.version, self.node = packages.kafka_version(version), node
        self.controller = processes.free_port()
        self.voters = f"{node}@127.0.0.1:{self.controller}"
        self.zookeeper = None
        self.settings = ALONE if settings is None else settings

    def start(self):
        self.prepare()
        self.launch()
        self.await_leaders(timeout=90)
        return self

    def launch(self):
        """Starts it and does not wait."""
        with open(self.log, "ab") as log:
            self.child = processes.start([*self.through, *self._java("kafka.Kafka", self.folder / "server.properties")], stdout=log,
                                         stderr=log, stdin=DEVNULL)

    def prepare(self):
        if not (self.folder / "server.properties").exists():
            self.format()

    def format(self):
        """Writes what the first start needs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        written = "".join(f"{name}={value}\n" for name, value in self.properties().items())
        (self.folder / "server.properties").write_text(written)
        if not self.zookeeper:
            done = processes.run(self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", self.folder / "server.properties"))
            if done.returncode:
                raise NotReady(f"format: {done.stderr.decode(errors='replace')[-1500:]}")

    def properties(self):
        mine = f"PLAINTEXT://{self.address}"
        if self.zookeeper:
            where = {"broker.id": self.node, "listeners": mine, "zookeeper.connect": self.zookeeper.address,
                     "zookeeper.session.timeout.ms": 3000}
        else:
            where = {**KRAFT, "node.id": self.node, "listeners": f"{mine},CONTROLLER://127.0.0.1:{self.controller}",
                     "controller.quorum.voters": self.voters}
        return {**where, "advertised.listeners": mine, "log.dirs": self.data_dir, **COMMON, **self.settings}

    def await_membership(self, timeout=90):
        """Waits until it lists itself as a broker of its cluster, whatever the others do."""
        self.await_that(lambda: self.node in wire.cluster(self.address, timeout=2).brokers, timeout, "in its cluster")

    def _java(self, main, *arguments):
        return java.command(main, *arguments, version=self.version, heap=self.HEAP)


class ClusterNode(ApacheKafka):
    """A node beside others, which may be down while it starts."""

    HEAP = "256m"

    def __init__(self, folder, version, port, node, settings):
        super().__init__(folder, version, port, node, settings)
        self.name = f"node {node}"

    def start(self):
        self.prepare()
        self.launch()
        self.await_membership()
        return self


class Cluster:
    """Several nodes, numbered from 1."""

    name = "kafka"

    def __init__(self, version=None, nodes=3, zookeeper=False, port=None, settings=None):
        self.version = packages.kafka_version(version)
        check(self.version, zookeeper)
        self.folder = Path(tempfile.mkdtemp(prefix="interop-kafka-cluster-"))
        self.zookeeper = ZooKeeper(self.folder / "zookeeper", self.version) if zookeeper else None
        shared = {**(REPLICATED if nodes >= 3 else ALONE), **(settings or {})}
        self.nodes = [ClusterNode(self.folder / f"node-{node}", self.version, port and port + node - 1, node, shared)
                      for node in range(1, nodes + 1)]
        voters = ",".join(node.voters for node in self.nodes)
        for node in self.nodes:
            node.voters, node.zookeeper = voters, self.zookeeper

    @property
    def address(self):
        return ",".join(node.address for node in self.nodes)

    def node(self, number):
        return self.nodes[number - 1]

    def start(self):
        """Starts what is down, and waits until all is led and every replica is in sync."""
        if self.zookeeper and not self.zookeeper.runs:
            self.zookeeper.start()
        down = [node for node in self.nodes if not node.runs]
        for node in down:
            node.prepare()
        for node in down:
            node.launch()
        for node in self.nodes:
            node.await_membership()
        self.await_health()
        return self

    def await_health(self, timeout=90):
        """Waits until every node is there, every partition led, and every replica in sync."""
        first = self.nodes[0]
        try:
            first.await_that(lambda: not self.ailments(), timeout, "and all the others in sync")
        except NotReady:
            ill = ", ".join(self.ailments())[:400]
            raise NotReady(f"the cluster is not whole within {timeout} s: {ill}; {first.last_words()}") from None

    def ailments(self):
        """What is not as it should be, as the first node sees it."""
        seen = wire.cluster(self.nodes[0].address, timeout=2)
        missing = [node.name for node in self.nodes if node.node not in seen.brokers]
        places = ((f"{topic.name}-{partition}", place) for topic in seen.topics for partition, place in topic.places.items())
        return missing + [f"{name}: leader {place.leader}, in sync {place.in_sync} of {place.replicas}"
                          for name, place in places if place.leader < 0 or len(place.in_sync) < len(place.replicas)]

    def leader(self, topic, partition=0):
        """The node that leads a partition, as a living node tells."""
        told = next(node for node in self.nodes if node.runs)
        places = next(each for each in wire.cluster(told.address).topics if each.name == topic).places
        return self.node(places[partition].leader)

    def stop(self):
        """An orderly stop of all, at once: a KRaft node alone would wait for its quorum."""
        for node in self.nodes:
            if node.runs:
                node.child.send_signal(signal.SIGTERM)
        for node in self.nodes:
            if node.child:
                processes.end(node.child, patience=10)

    def close(self):
        """Ends all processes and removes the directory; nobody reads what is in it any more."""
        for node in [*self.nodes, *filter(None, [self.zookeeper])]:
            if node.child:
                node.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def has_kraft(version):
    return _line(version) >= FIRST_WITH_KRAFT


def check(version, zookeeper):
    """Whether a version can be run that way."""
    if zookeeper and _line(version) >= FIRST_WITHOUT_ZOOKEEPER:
        raise NotReady(f"Apache Kafka {version} does not run with ZooKeeper; 3.9 is the last that does")
    if not zookeeper and not has_kraft(version):
        raise NotReady(f"Apache Kafka {version} does not run without ZooKeeper; 3.3 is the first that does")


def _line(version):
    return tuple(int(part) for part in version.split(".")[:2])
