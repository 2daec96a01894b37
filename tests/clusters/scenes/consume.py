"""kavka consume, kafka-console-consumer.sh: from many leaders, and on through the death of one."""

import signal

from harness.processes import until
from scenes.scene import scene
from stage import lines, want

SH = "kafka-console-consumer.sh"


@scene("consume: everything, from every leader")
def everything(stage):
    topic = stage.create(9)
    stage.fill(topic, 2000)
    want(sorted(value for _, _, value in stage.read(topic)), lines(0, 2000).splitlines(), "records")
    words = ["--topic", topic, "--from-beginning", "--max-messages", 2000, "--formatter-property", "print.partition=true",
             "--formatter-property", "print.offset=true"]
    ours, theirs = stage.kavka(SH, *words).must(), stage.apache(SH, *words).must()
    want(sorted(ours.out.splitlines()), sorted(theirs.out.splitlines()), "what both consumers print")
    want(ours.err, theirs.err, "what both consumers say at the end")


@scene("consume: from a place and by time limit")
def places(stage):
    topic = stage.create(2)
    stage.fill(topic, 50)
    high = sum(partition == 1 for partition, _, _ in stage.read(topic))
    stage.same(SH, "--topic", topic, "--partition", 1, "--offset", max(high - 3, 0), "--max-messages", min(high, 3))
    stage.same(SH, "--topic", topic, "--partition", 1, "--offset", "earliest", "--timeout-ms", 3000)
    stage.alike(SH, lambda name: ["--topic", name, "--from-beginning", "--timeout-ms", 4000])


@scene("consume: on through the death of a leader", replicated=True)
def leader_dies(stage):
    topic = stage.create(3, 3, min_insync_replicas=2)
    consumer = stage.start("consume", "--topic", topic, "--from-beginning", "--output", "jsonl")
    stage.fill(topic, 600)
    consumer.await_lines(600)
    stage.kill_leader(topic)
    stage.fill(topic, 600, first=600)
    consumer.await_lines(1200, timeout=60)
    want(consumer.end(signal.SIGINT), 130, "exit code")
    once(consumer.rows(), 1200)


@scene("consume: a group on through the death of a leader", replicated=True)
def group_goes_on(stage):
    topic, group = stage.create(4, 3, min_insync_replicas=2), stage.name("group")
    members = [stage.start("consume", "--topic", topic, "--group", group, "--from-beginning", "--output", "jsonl") for _ in range(2)]
    stage.fill(topic, 400)
    everything_came(members, 400)
    stage.kill_leader(topic)
    stage.fill(topic, 400, first=400)
    everything_came(members, 800)
    for member in members:
        want(member.end(signal.SIGINT), 130, "exit code")
    rows = [row for member in members for row in member.rows()]
    want({(row["partition"], row["offset"]): row["value"] for row in rows},
         {(partition, offset): value for partition, offset, value in stage.read(topic)}, "records, each at its place")
    rest = stage.rows("consume", "--topic", topic, "--group", group, "--timeout-ms", 5000)
    want(rest, [], "records that are read again after all members left in order")


def everything_came(members, count):
    def different():
        return len({row["value"] for member in members for row in member.rows()})
    until(lambda: different() >= count, 60, f"{count} records at both members")


def once(rows, count):
    """Every record in the order of its partition, none missing and none twice."""
    want(sorted(row["value"] for row in rows), lines(0, count).splitlines(), "records")
    for partition in {row["partition"] for row in rows}:
        offsets = [row["offset"] for row in rows if row["partition"] == partition]
        want(offsets, list(range(len(offsets))), f"offsets of partition {partition}")
