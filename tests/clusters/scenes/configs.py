"""kavka configs, kafka-configs.sh: of topics, and of brokers, each of which must be asked itself."""

from scenes.scene import scene
from stage import want

SH = "kafka-configs.sh"


@scene("configs: of topics")
def of_topics(stage):
    topic = stage.create()
    stage.kavka("configs", "--alter", "--topic", topic, "--add-config", "retention.ms=3600000,cleanup.policy=[compact,delete]").must()
    stage.same(SH, "--describe", "--topic", topic)
    stage.same(SH, "--describe", "--entity-type", "topics", "--entity-name", topic)
    stage.same(SH, "--describe", "--topic", topic, "--all")
    stage.same(SH, "--alter", "--topic", topic, "--add-config", "max.message.bytes=2000000")
    stage.same(SH, "--alter", "--topic", topic, "--add-config", "retention.ms=soon")
    stage.same(SH, "--alter", "--topic", topic, "--add-config", "no.such.config=1")
    stage.same(SH, "--alter", "--topic", "no-such-topic", "--add-config", "retention.ms=1")
    stage.same(SH, "--describe", "--topic", "no-such-topic")
    stage.kavka("configs", "--alter", "--topic", topic, "--delete-config", "retention.ms,cleanup.policy,max.message.bytes").must()
    want(stage.same(SH, "--describe", "--topic", topic), f"Dynamic configs for topic {topic} are:\n", "configs after they were deleted")


@scene("configs: of every broker")
def of_brokers(stage):
    for node in stage.cluster.nodes:
        stage.same(SH, "--describe", "--broker", node.node)
        stage.same(SH, "--describe", "--broker", node.node, "--all")
    last = stage.cluster.nodes[-1].node
    stage.kavka("configs", "--alter", "--broker", last, "--add-config", "log.cleaner.threads=2").must()
    stage.same_soon(SH, "--describe", "--broker", last)
    stage.kavka(SH, "--alter", "--broker-defaults", "--add-config", "message.max.bytes=1500000").must()
    stage.same_soon(SH, "--describe", "--broker-defaults")
    stage.same_soon(SH, "--describe", "--broker", last)
    stage.same_soon(SH, "--describe", "--entity-type", "brokers")
    stage.same(SH, "--alter", "--broker", last, "--add-config", "broker.id=7")
    stage.kavka(SH, "--alter", "--broker", last, "--delete-config", "log.cleaner.threads").must()
    stage.kavka("configs", "--alter", "--broker-defaults", "--delete-config", "message.max.bytes").must()
    stage.same_soon(SH, "--describe", "--entity-type", "brokers")
