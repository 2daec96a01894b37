"""kavka topics, kafka-topics.sh: on several nodes, and while one of them is down."""

from scenes.scene import scene
from stage import Wrong, soon, want

SH = "kafka-topics.sh"


@scene("topics: create with replication factor 3", replicated=True)
def create(stage):
    topic = stage.name()
    stage.kavka("topics", "--create", "--topic", topic, "--partitions", 3, "--replication-factor", 3).must()
    stage.await_in_sync(topic, 3)
    want({len(place.replicas) for place in stage.places(topic).values()}, {3}, "replicas")
    names = stage.alike(SH, lambda name: ["--create", "--topic", name, "--partitions", 4, "--replication-factor", 3,
                                          "--config", "min.insync.replicas=2", "--config", "retention.ms=86400000"])
    for name in names:
        stage.await_in_sync(name, 3)
        want(len(stage.places(name)), 4, "partitions")
        stage.same(SH, "--describe", "--topic", name)


@scene("topics: create with the broker's defaults, again, with faults")
def defaults(stage):
    stage.alike(SH, lambda name: ["--create", "--topic", name])
    topic = stage.create()
    stage.same(SH, "--create", "--topic", topic)
    stage.same(SH, "--create", "--topic", topic, "--if-not-exists")
    too_many = len(stage.cluster.nodes) + 1
    stage.alike(SH, lambda name: ["--create", "--topic", name, "--replication-factor", too_many])
    stage.alike(SH, lambda name: ["--create", "--topic", name, "--partitions", 0])
    stage.alike(SH, lambda name: ["--create", "--topic", name, "--config", "no.such.config=1"])
    stage.alike(SH, lambda name: ["--create", "--topic", name, "--config", "retention.ms=soon"])
    stage.alike(SH, lambda name: ["--create", "--topic", f"{name} with spaces"])


@scene("topics: create with chosen replicas", replicated=True)
def chosen(stage):
    topic = stage.name()
    stage.kavka("topics", "--create", "--topic", topic, "--replica-assignment", "3:1,2:3").must()
    stage.await_in_sync(topic, 2)
    want([place.replicas for _, place in sorted(stage.places(topic).items())], [[3, 1], [2, 3]], "replicas")
    stage.alike(SH, lambda name: ["--create", "--topic", name, "--replica-assignment", "1:2:3,3:2:1"])
    stage.same(SH, "--describe", "--topic", topic)


@scene("topics: create on a broker that there is not", replicated=True)
def no_such_broker(stage):
    names = stage.alike(SH, lambda name: ["--create", "--topic", name, "--replica-assignment", "1:9"])
    if not stage.cluster.zookeeper:
        want([name for name in names if stage.places(name)], [], "topics that were created")
        return
    try:  # the controller of those days believes what it is told
        for name in names:
            stage.await_in_sync(name, 1)
        stage.same(SH, "--describe", "--topic", "|".join(names), "--under-replicated-partitions")
    finally:
        stage.kavka("topics", "--delete", "--topic", "|".join(names), "--yes").must()


@scene("topics: list and describe")
def describe(stage):
    topics = [stage.create(3), stage.create(1, retention_ms=60000)]
    listed = stage.same(SH, "--list").split()
    want([topic for topic in topics if topic not in listed], [], "topics that are not listed")
    want(stage.rows("topics", "--list")[:1] != [], True, "own list has rows")
    stage.same(SH, "--describe", "--topic", "|".join(topics))
    stage.same(SH, "--describe", "--exclude-internal")
    stage.same(SH, "--describe", "--topics-with-overrides", "--topic", "|".join(topics))
    stage.same(SH, "--describe", "--topic", "no-such-topic")
    for row in stage.rows("topics", "--describe", "--topic", topics[0]):
        want(row["name"] if "name" in row else row["topic"], topics[0], "own description")


@scene("topics: describe by id")
def by_id(stage):
    topic = stage.create()
    described = stage.apache(SH, "--describe", "--topic", topic).must().out
    by_id = ["--describe", "--topic-id", described.split("TopicId: ")[1].split()[0]]
    stage.same(SH, "--describe", "--topic-id", "AAAAAAAAAAAAAAAAAAAAZg")
    if stage.cluster.zookeeper:  # Java's client wants Metadata 12 for this; kavka finds the topic in a list of all
        want(stage.kavka(SH, *by_id).must().out, described, "description by id")
    else:
        stage.same(SH, *by_id)


@scene("topics: more partitions")
def alter(stage):
    topic = stage.create(2)
    stage.same(SH, "--alter", "--topic", topic, "--partitions", 1)
    stage.kavka("topics", "--alter", "--topic", topic, "--partitions", 5).must()
    stage.await_in_sync(topic, min(3, len(stage.cluster.nodes)))
    want(len(stage.places(topic)), 5, "partitions")
    stage.same(SH, "--describe", "--topic", topic)
    stage.same(SH, "--alter", "--topic", topic, "--partitions", 5)


@scene("topics: delete")
def delete(stage):
    topics = [stage.create(3) for _ in range(3)]
    stage.kavka("topics", "--delete", "--topic", topics[0], "--yes").must()
    stage.kavka(SH, "--delete", "--topic", f"{topics[1]}|{topics[2]}").must()
    stage.same(SH, "--delete", "--topic", topics[0])
    stage.same(SH, "--delete", "--topic", topics[0], "--if-exists")
    left = stage.kavka("topics", "--list").must().out.split()
    want([topic for topic in topics if topic in left], [], "topics that are still there")


@scene("topics: in sync and not, while a node is down", replicated=True)
def in_sync(stage):
    safe, strict = stage.create(6, 3, min_insync_replicas=2), stage.create(6, 3, min_insync_replicas=3)
    alone = stage.create(6, 1)
    both = f"{safe}|{strict}|{alone}"
    down = stage.cluster.node(2)
    down.kill()
    stage.await_in_sync(safe, 2)
    stage.await_in_sync(strict, 2)
    told = stage.same(SH, "--describe", "--topic", both)
    if "Leader: none" not in told:
        raise Wrong(f"partitions of the node that is down have a leader: {told}")
    filters = {"--under-replicated-partitions": 12, "--under-min-isr-partitions": 6, "--at-min-isr-partitions": 6,
               "--unavailable-partitions": 2}
    for option, at_least in filters.items():
        told = stage.same(SH, "--describe", "--topic", both, option)
        if len(told.splitlines()) < at_least:
            raise Wrong(f"{option}: {told}")
        stage.kavka("topics", "--describe", "--topic", both, option).must()
    stage.alike(SH, lambda name: ["--create", "--topic", name, "--replication-factor", 3])
    down.start()
    stage.await_in_sync(safe, 3)
    stage.await_in_sync(strict, 3)
    for option in filters:
        told = stage.same(SH, "--describe", "--topic", f"{safe}|{strict}", option)
        want(told, "".join(line + "\n" for line in told.splitlines() if option.startswith("--at-min") and strict in line), option)


@scene("topics: addresses of which some are down", replicated=True)
def addresses(stage):
    topic = stage.create(3)
    down = stage.cluster.node(1)
    down.kill()
    stage.await_in_sync(topic, 2)
    soon(stage.kavka("topics", "--list").must(), 5)
    soon(stage.kavka("topics", "--describe", "--topic", topic).must(), 5)
    soon(stage.kavka("topics", "--create", "--topic", stage.name(), "--replication-factor", 2).must(), 15)
    soon(stage.kavka("topics", "--list", servers=down.address).must(exit=3), 20)
