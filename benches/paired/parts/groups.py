"""A thousand groups, a hundred members in one of them, a million committed offsets: how long they take to commit, what a broker holds
of them, how soon it answers for every one of them after a restart, and how many heartbeats it takes a second.

`programs/raw_groups.c` commits and sends the heartbeats. After a restart a group is loaded when OffsetFetch answers with the offset that
was committed; the clock starts before the fork that leads to exec, and all groups are asked over and over.
"""

import struct
import time

import programs
import topics
from contenders import ApacheKafka, BrokerCpu, Kavka
from harness import brokers, processes, wire
from stopwatch import cpu_seconds

NAME = "groups"
OFFSET_FETCH, FIND_COORDINATOR = 9, 10
CONNECTIONS, MEMBERS, PATIENCE = 8, 100, 600


def measure(plan):
    groups, partitions = plan.pick((100, 100), (1000, 1000), (1000, 1000))
    held = f"{groups} groups, {groups * partitions:,} offsets"
    plan.figures.note(NAME, f"Each group commits an offset for each of {partitions} partitions in one request, over {CONNECTIONS} connections. "
                            f"Heartbeats: {MEMBERS} members of one more group, one request in flight on each of {CONNECTIONS} connections; "
                            "joined is from the first request of a member until nothing changes any more. Loaded is from exec "
                            "until every group answers with its offset. One broker at a time.")
    for _ in range(plan.few_runs):
        for kind in (Kavka, ApacheKafka):
            with plan.load(NAME, held):
                one(plan, kind, held, groups, partitions)


def one(plan, kind, held, groups, partitions):
    broker, topic, add = kind(), plan.new_topic(), plan.figures.add
    try:
        broker.start()
        topics.create(broker, topic, partitions)
        await_coordinators(broker, topic, groups)
        time.sleep(2)
        before = processes.resident_bytes(broker.pid)
        with BrokerCpu(broker) as cpu:
            took = programs.load(broker, "raw_groups", broker.port, "commit", groups, topic, partitions, CONNECTIONS)["seconds"]
        add(NAME, held, "committed", "thousand offsets/s", broker.title, groups * partitions / took / 1e3)
        add(NAME, held, "broker CPU to commit", "s", broker.title, cpu.seconds)
        add(NAME, held, "resident, grown by", "MB", broker.title, (processes.resident_bytes(broker.pid) - before) / 1e6)
        for protocol in ("consumer", "classic"):
            heartbeats(plan, broker, topic, protocol)
        for end, load in ((broker.kill, f"{held}, after kill -9"), (broker.stop, f"{held}, after a clean stop")):
            end()
            add(NAME, load, "exec to loaded", "ms", broker.title, 1000 * seconds_to_loaded(broker, topic, groups, partitions))
            add(NAME, load, "CPU until loaded", "ms", broker.title, 1000 * cpu_seconds(broker.pid))
            add(NAME, load, "resident when loaded", "MB", broker.title, processes.resident_bytes(broker.pid) / 1e6)
    finally:
        broker.close()


def await_coordinators(broker, topic, groups):
    """The internal topic is made when it is first asked for, and each of its partitions has a leader a moment later."""
    def all_answer():
        with wire.Connection(broker.address) as connection:
            connection.ask(FIND_COORDINATOR, 0, wire.string("g0"))
            return all(committed(connection, number, topic, 0) is not None for number in range(groups))
    processes.until(all_answer, 60, f"coordinators of {broker.title}", pause=0.2)


def heartbeats(plan, broker, topic, protocol):
    load, add = f"{MEMBERS} members, {protocol} protocol", plan.figures.add
    programs.warm()
    with BrokerCpu(broker) as cpu:
        told = programs.load(broker, "raw_groups", broker.port, protocol, f"crowd-{protocol}", topic, MEMBERS, CONNECTIONS, plan.pick(2, 10, 20))
    add(NAME, load, "joined", "ms", broker.title, 1000 * told["settled"])
    add(NAME, load, "heartbeats", "thousand/s", broker.title, told["heartbeats"] / told["seconds"] / 1e3)
    add(NAME, load, "broker CPU, joining included", "s per million", broker.title, cpu.seconds / told["heartbeats"] * 1e6)


def seconds_to_loaded(broker, topic, groups, partitions):
    begun, waiting = time.monotonic(), list(range(groups))
    broker.launch()
    while time.monotonic() - begun < PATIENCE:
        try:
            with wire.Connection(broker.address) as connection:
                while waiting and committed(connection, waiting[-1], topic, partitions - 1) == waiting[-1] + partitions - 1:
                    waiting.pop()
        except (OSError, ValueError):
            pass
        if not waiting:
            return time.monotonic() - begun
        if broker.child.poll() is not None:
            break
        time.sleep(0.002)
    raise brokers.NotReady(f"{broker.name} has not loaded {len(waiting)} groups: {broker.last_words()}")


def committed(connection, number, topic, partition):
    """What a group has committed for a partition (OffsetFetch version 5); nothing if the broker cannot say it yet."""
    body = wire.string(f"g{number}") + struct.pack(">i", 1) + wire.string(topic) + struct.pack(">ii", 1, partition)
    answer = connection.ask(OFFSET_FETCH, 5, body)
    answer.int32()
    offsets = [offset for _, partitions in answer.array(lambda: (answer.string(), answer.array(lambda: _offset(answer)))) for offset in partitions]
    return None if answer.int16() else offsets[0]


def _offset(answer):
    answer.int32()
    offset = answer.int64()
    answer.int32()
    return offset if not (answer.string(), answer.int16())[1] else None
