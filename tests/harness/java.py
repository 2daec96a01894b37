"""The command lines of Apache Kafka's Java programs: what `kafka-run-class.sh` does for the scripts.

A script of the distribution is the start of one main class. Which class that is changed over the years; the first of
those named here that a version's jars hold is its. Logging is Kafka's own for its tools: WARN, on standard error;
for its server on standard output.
"""

import functools
import zipfile
from pathlib import Path

from harness import packages

LOGGING = Path(__file__).with_name("logging")
TOOLS = "org.apache.kafka.tools."
SERVER = "kafka.Kafka"

# Newest first.
MAINS = {
    "kafka-acls.sh": [TOOLS + "AclCommand", "kafka.admin.AclCommand"],
    "kafka-broker-api-versions.sh": [TOOLS + "BrokerApiVersionsCommand", "kafka.admin.BrokerApiVersionsCommand"],
    "kafka-client-metrics.sh": [TOOLS + "ClientMetricsCommand"],
    "kafka-cluster.sh": [TOOLS + "ClusterTool", "kafka.tools.ClusterTool"],
    "kafka-configs.sh": ["kafka.admin.ConfigCommand"],
    "kafka-console-consumer.sh": [TOOLS + "consumer.ConsoleConsumer", "kafka.tools.ConsoleConsumer"],
    "kafka-console-producer.sh": [TOOLS + "ConsoleProducer", "kafka.tools.ConsoleProducer"],
    "kafka-console-share-consumer.sh": [TOOLS + "consumer.ConsoleShareConsumer"],
    "kafka-consumer-groups.sh": [TOOLS + "consumer.group.ConsumerGroupCommand", "kafka.admin.ConsumerGroupCommand"],
    "kafka-consumer-perf-test.sh": [TOOLS + "ConsumerPerformance", "kafka.tools.ConsumerPerformance"],
    "kafka-delegation-tokens.sh": [TOOLS + "DelegationTokenCommand", "kafka.admin.DelegationTokenCommand"],
    "kafka-delete-records.sh": [TOOLS + "DeleteRecordsCommand", "kafka.admin.DeleteRecordsCommand"],
    "kafka-dump-log.sh": [TOOLS + "DumpLogSegments", "kafka.tools.DumpLogSegments"],
    "kafka-e2e-latency.sh": [TOOLS + "EndToEndLatency", "kafka.tools.EndToEndLatency"],
    "kafka-features.sh": [TOOLS + "FeatureCommand", "kafka.admin.FeatureCommand"],
    "kafka-get-offsets.sh": [TOOLS + "GetOffsetShell", "kafka.tools.GetOffsetShell"],
    "kafka-groups.sh": [TOOLS + "GroupsCommand"],
    "kafka-jmx.sh": [TOOLS + "JmxTool", "kafka.tools.JmxTool"],
    "kafka-leader-election.sh": [TOOLS + "LeaderElectionCommand", "kafka.admin.LeaderElectionCommand"],
    "kafka-log-dirs.sh": [TOOLS + "LogDirsCommand", "kafka.admin.LogDirsCommand"],
    "kafka-metadata-quorum.sh": [TOOLS + "MetadataQuorumCommand"],
    "kafka-metadata-shell.sh": ["org.apache.kafka.shell.MetadataShell"],
    "kafka-producer-perf-test.sh": [TOOLS + "ProducerPerformance"],
    "kafka-reassign-partitions.sh": [TOOLS + "reassign.ReassignPartitionsCommand", "kafka.admin.ReassignPartitionsCommand"],
    "kafka-replica-verification.sh": [TOOLS + "ReplicaVerificationTool", "kafka.tools.ReplicaVerificationTool"],
    "kafka-server-start.sh": [SERVER],
    "kafka-share-consumer-perf-test.sh": [TOOLS + "ShareConsumerPerformance"],
    "kafka-share-groups.sh": [TOOLS + "consumer.group.ShareGroupCommand"],
    "kafka-storage.sh": ["kafka.tools.StorageTool"],
    "kafka-streams-application-reset.sh": [TOOLS + "StreamsResetter", "kafka.tools.StreamsResetter"],
    "kafka-streams-groups.sh": [TOOLS + "streams.StreamsGroupCommand"],
    "kafka-topics.sh": [TOOLS + "TopicCommand", "kafka.admin.TopicCommand"],
    "kafka-transactions.sh": [TOOLS + "TransactionsCommand"],
    "kafka-verifiable-consumer.sh": [TOOLS + "VerifiableConsumer"],
    "kafka-verifiable-producer.sh": [TOOLS + "VerifiableProducer"],
    "kafka-verifiable-share-consumer.sh": [TOOLS + "VerifiableShareConsumer"],
    "zookeeper-shell.sh": ["org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"],
}


class NoSuchTool(Exception):
    """A script that is not one of Apache's, or not of that version."""


def main_class(script, version=None):
    """The main class of `kafka-….sh` (the ending may be left out) in a version of Apache Kafka."""
    name = script if script.endswith(".sh") else f"{script}.sh"
    if name not in MAINS:
        raise NoSuchTool(f"there is no tool {script!r}; there are: {', '.join(MAINS)}")
    found = [main for main in MAINS[name] if main in classes(packages.kafka_version(version))]
    if not found:
        raise NoSuchTool(f"Apache Kafka {packages.kafka_version(version)} has no {name}")
    return found[0]


@functools.cache
def classes(version):
    """The names of all classes that Kafka's own jars of a version, and ZooKeeper's, hold."""
    jars = packages.apache_kafka(version)
    names = set()
    for jar in [*jars.glob("kafka*.jar"), *jars.glob("zookeeper*.jar")]:
        with zipfile.ZipFile(jar) as opened:
            names.update(name[:-len(".class")].replace("/", ".") for name in opened.namelist() if name.endswith(".class"))
    return names


def command(main, *arguments, version=None, heap="256m", options=()):
    """The command line of a main class."""
    return ["java", f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", *logging(version, main), *options, "-cp", packages.java_class_path(version), main,
            *map(str, arguments)]


def logging(version=None, main=None):
    """The JVM's options for where Kafka's log configuration is."""
    if int(packages.kafka_version(version).split(".")[0]) >= 4:
        return [f"-Dlog4j2.configurationFile={LOGGING / ('log4j2-server.yaml' if main == SERVER else 'log4j2.yaml')}"]
    return [f"-Dlog4j.configuration=file:{LOGGING / 'log4j.properties'}"]
