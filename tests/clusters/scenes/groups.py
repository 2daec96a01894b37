"""kavka groups, kafka-consumer-groups.sh: groups with and without members, their offsets, and a coordinator that dies."""

import signal
import time

from harness.processes import until
from scenes.scene import scene
from stage import Wrong, soon, want

SH = "kafka-consumer-groups.sh"


def empty_group(stage, topic, count):
    """A group that has read so many records of a topic and gone."""
    group = stage.name("group")
    stage.kavka("consume", "--topic", topic, "--group", group, "--from-beginning", "--max-messages", count).must()
    return group


def active_group(stage, topic, at_least):
    """A group with one member, which has read what there is."""
    group = stage.name("group")
    member = stage.start("consume", "--topic", topic, "--group", group, "--from-beginning", "--output", "jsonl")
    member.await_lines(at_least)
    return group, member


@scene("groups: list and describe")
def describe(stage):
    topic = stage.create(3)
    stage.fill(topic, 90)
    gone = empty_group(stage, topic, 50)
    active, member = active_group(stage, topic, 90)
    until(lambda: "Stable" in stage.apache(SH, "--describe", "--group", active, "--state").out, 20, "a stable group")
    listed = stage.same(SH, "--list", unordered=True).split()
    want([group for group in (gone, active) if group not in listed], [], "groups that are not listed")
    stage.same(SH, "--list", "--state", unordered=True)
    stage.same(SH, "--list", "--state", "stable", unordered=True)
    for group in (gone, active):
        for what in ([], ["--offsets"], ["--members"], ["--members", "--verbose"], ["--state"], ["--state", "--verbose"]):
            stage.same(SH, "--describe", "--group", group, *what)
    stage.same(SH, "--describe", "--group", "no-such-group")
    stage.rows("groups", "--describe", "--group", active)
    member.end()


@scene("groups: list by type")
def by_type(stage):
    topic = stage.create()
    stage.fill(topic, 3)
    empty_group(stage, topic, 3)
    stage.same(SH, "--list", "--type", unordered=True)
    stage.same(SH, "--list", "--type", "classic", unordered=True)


@scene("groups: reset offsets")
def reset(stage):
    topic = stage.create(3)
    stage.fill(topic, 60)
    between = time.strftime("%Y-%m-%dT%H:%M:%S.000", time.gmtime(time.time() + 1))
    time.sleep(1.5)
    stage.fill(topic, 60, first=60)
    group = empty_group(stage, topic, 120)
    scope = ["--group", group, "--reset-offsets", "--topic", topic]
    plans = [["--to-earliest"], ["--to-latest"], ["--to-current"], ["--to-offset", 7], ["--shift-by", -5], ["--to-datetime", between],
             ["--by-duration", "PT0.1S"], ["--to-offset", 100000]]
    for plan in plans:
        stage.same(SH, *scope, *plan, "--dry-run", unordered=True)
        stage.kavka("groups", *scope, *plan, "--execute").must()
        stage.same(SH, "--describe", "--group", group)
    stage.same(SH, "--group", group, "--reset-offsets", "--topic", f"{topic}:1", "--to-earliest", "--execute")
    stage.same(SH, "--group", group, "--reset-offsets", "--all-topics", "--to-earliest", "--export", unordered=True)
    stage.kavka("groups", *scope, "--to-earliest", "--execute").must()
    again = stage.rows("consume", "--topic", topic, "--group", group, "--max-messages", 120, "--timeout-ms", 30000)
    want(len({(row["partition"], row["offset"]) for row in again}), 120, "records read again after the reset")


@scene("groups: reset offsets of an active group is refused")
def reset_active(stage):
    topic = stage.create()
    stage.fill(topic, 5)
    group, member = active_group(stage, topic, 5)
    stage.same(SH, "--group", group, "--reset-offsets", "--topic", topic, "--to-earliest", "--execute")
    stage.same(SH, "--group", group, "--delete")
    stage.same(SH, "--group", group, "--delete-offsets", "--topic", topic)
    member.end()


@scene("groups: delete offsets, delete")
def delete(stage):
    kept, dropped = stage.create(2), stage.create(2)
    for topic in (kept, dropped):
        stage.fill(topic, 10)
    group = stage.name("group")
    for topic in (kept, dropped):
        stage.kavka("groups", "--group", group, "--reset-offsets", "--topic", topic, "--to-latest", "--execute").must()
    stage.kavka("groups", "--group", group, "--delete-offsets", "--topic", dropped, "--yes").must()
    told = stage.same(SH, "--describe", "--group", group)
    want((kept in told, dropped in told), (True, False), "topics that the group has offsets of")
    stage.kavka("groups", "--group", group, "--delete", "--yes").must()
    stage.same(SH, "--group", group, "--delete")
    stage.same(SH, "--describe", "--group", group)


@scene("groups: on through the death of the coordinator", replicated=True)
def coordinator_dies(stage):
    topic = stage.create(3)
    stage.fill(topic, 30)
    group, member = active_group(stage, topic, 30)
    coordinator_of(stage, group).kill()
    done = soon(stage.kavka("groups", "--describe", "--group", group, within=90).must(), 60)
    want(done.out.count(topic), 3, "partitions in the description")
    stage.fill(topic, 30, first=30)
    member.await_lines(60, timeout=60)
    values = {row["value"] for row in member.rows()}
    want(len(values), 60, "different records read")
    want(member.end(signal.SIGINT), 130, "the member's exit code")
    lag = [line.split()[5] for line in stage.kavka(SH, "--describe", "--group", group).must().out.splitlines() if topic in line]
    want(lag, ["0", "0", "0"], "lag of the three partitions after the member has left")


def coordinator_of(stage, group):
    """The node that coordinates a group, by Apache's tool."""
    told = stage.apache(SH, "--describe", "--group", group, "--state").must().out
    for node in stage.cluster.nodes:
        if f"{node.address} " in told:
            return node
    raise Wrong(f"no coordinator in: {told}")
