"""kavka produce, kafka-console-producer.sh: acknowledgements, partitions, and the death of a leader."""

import json
import time
from collections import Counter

from scenes.scene import scene
from stage import Wrong, lines, soon, want

SH = "kafka-console-producer.sh"


@scene("produce: acks=all, with every codec")
def codecs(stage):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = stage.create(2)
        stage.kavka("produce", "--topic", topic, "--acks", "all", "--compression-codec", codec, stdin=lines(0, 200)).must()
        told = stage.apache("kafka-console-consumer.sh", "--topic", topic, "--from-beginning", "--max-messages", 200).must().out
        want(sorted(told.splitlines()), lines(0, 200).splitlines(), f"records in {codec} that Apache's consumer reads")


@scene("produce: keys to the same partitions")
def keys(stage):
    ours, theirs = stage.create(7), stage.create(7)
    keyed = "".join(f"key {number}\tvalue {number}\n" for number in range(100))
    stage.kavka(SH, "--topic", ours, "--reader-property", "parse.key=true", stdin=keyed).must()
    stage.apache(SH, "--topic", theirs, "--reader-property", "parse.key=true", stdin=keyed).must()
    want(*(sorted((partition, value) for partition, _, value in stage.read(topic)) for topic in (ours, theirs)), "partitions of keys")


@scene("produce: min.insync.replicas met", replicated=True)
def met(stage):
    topic = stage.create(3, 3, min_insync_replicas=2)
    stage.cluster.node(2).kill()
    stage.await_in_sync(topic, 2)
    told = soon(stage.kavka("produce", "--topic", topic, "--acks", "all", "--print-acks", stdin=lines(0, 300)).must(), 15)
    acks = [json.loads(line) for line in told.out.splitlines()]
    want(len({(ack["partition"], ack["offset"]) for ack in acks}), 300, "acknowledged places")
    want(sorted(value for _, _, value in stage.read(topic)), lines(0, 300).splitlines(), "records")


@scene("produce: min.insync.replicas not met", replicated=True)
def not_met(stage):
    topic = stage.create(1, 3, min_insync_replicas=3)
    down = stage.cluster.node(2)
    down.kill()
    stage.await_in_sync(topic, 2)
    ours = soon(stage.kavka("produce", "--topic", topic, "--acks", "all", stdin="refused\n").must(exit=1), 10)
    if "NOT_ENOUGH_REPLICAS" not in ours.err:
        raise Wrong(f"another error than NOT_ENOUGH_REPLICAS: {ours.err}")
    ours, theirs = (run(SH, "--topic", topic, "--request-required-acks", "all", stdin="refused\n") for run in (stage.kavka, stage.apache))
    stage.agree(ours, theirs)
    soon(ours, theirs.seconds + 2)
    soon(stage.kavka("produce", "--topic", topic, "--acks", "1", stdin="the leader alone\n").must(), 10)
    down.start()
    stage.await_in_sync(topic, 3)
    stage.kavka("produce", "--topic", topic, "--acks", "all", stdin="all three\n").must()
    want([value for _, _, value in stage.read(topic)], ["the leader alone", "all three"], "records")


@scene("produce: on through the death of a leader", replicated=True)
def leader_dies(stage):
    goes_on(stage, lambda topic: stage.kill_leader(topic))


@scene("produce: on through the orderly stop of a leader", replicated=True)
def leader_stops(stage):
    stopping = []

    def stop(topic):
        stopping.append(stage.cluster.leader(topic))
        stopping[0].child.terminate()
    goes_on(stage, stop)
    stopping[0].stop()


def goes_on(stage, disturb):
    """A producer that is disturbed in the midst of its work loses nothing, writes nothing twice, and tells the truth."""
    topic = stage.create(2, 3, min_insync_replicas=2)
    producer = stage.start("produce", "--topic", topic, "--acks", "all", "--print-acks")
    for batch in range(60):
        producer.say(lines(batch * 20, 20))
        if batch == 20:
            producer.await_lines(200)
            disturb(topic)
        time.sleep(0.05)
    want(producer.wait(within=60), 0, f"exit code ({producer.errors[-3:]})")
    want(len(producer.lines), 1200, "acknowledgements")
    counts = Counter(value for _, _, value in stage.read(topic))
    want([line for line in lines(0, 1200).splitlines() if counts[line] != 1], [], "lines that are not there exactly once")
    told = {(ack["partition"], ack["offset"]): ack["line"] for ack in producer.rows()}
    there = {(partition, offset): int(value.split()[1]) + 1 for partition, offset, value in stage.read(topic)}
    want(told, there, "places told in acknowledgements")


@scene("produce: to a topic without a leader ends with an error", replicated=True)
def leaderless(stage):
    topic = stage.create(1, 1)
    stage.kill_leader(topic)
    words = ["--topic", topic, "--request-timeout-ms", 1000, "--command-property", "delivery.timeout.ms=4000", "--max-block-ms", 4000]
    done = soon(stage.kavka("produce", *words, stdin="lost\n", within=60), 15)
    if done.exit == 0 or not done.err:
        raise Wrong(f"exit {done.exit}, {done.err!r}")
