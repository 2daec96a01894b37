"""Plays tables on all their sides, and judges what was printed."""

from concurrent.futures import ThreadPoolExecutor

import brokers
import verdicts
from harness import wire
from sides import Jvm, Side

SIDES = {"kafka": [("apache", "kafka"), ("kavka", "kafka")],
         "kavka": [("apache", "kavka"), ("kavka", "kavka")],
         "both": [("apache", "kafka"), ("kavka", "kafka"), ("apache", "kavka"), ("kavka", "kavka")]}
# What a table may need of a broker, by the request that a broker with it serves.
NEEDS = {"transactions": 26, "consumer-protocol": 68, "client-quotas": 49, "scram": 51, "client-metrics": 74, "group-configs": 74,
         "broker-loggers": 74, "controllers": 55}


def play(tables, broker, report, record=False, front=None, alter=None):
    """Plays every table on every side of it. `front` puts something before our broker; `alter` changes what kavka has printed."""
    jvm, ahead = Jvm(), []
    try:
        if broker != "kavka":
            brokers.start_fast()
        for table, following in zip(tables, [*tables[1:], None]):
            sides, ahead = ahead or _sides(table, broker, jvm, front), []
            try:
                for side in sides:
                    side.prepare()
                # The brokers of the next table start while this one is played.
                ahead = _sides(following, broker, jvm, front) if following else []
                _in_several_hands(table, _able(sides, table, report))
                report.played(table, max(side.seconds for side in sides))
                _judge(table, [side for side in sides if side.outcomes], report, record, alter)
            finally:
                _close(sides)
    finally:
        _close(ahead)
        jvm.close()
        brokers.forget()


def _sides(table, broker, jvm, front):
    pairs = SIDES[broker] if table.needs_broker else [("apache", "kafka"), ("kavka", "kafka")]
    return [Side(table, tool, kind, jvm, front if kind == "kavka" else None) for tool, kind in pairs]


def _close(sides):
    for side in sides:
        side.close()


def _able(sides, table, report):
    """The sides whose broker has what the table needs."""
    need = (table.says("needs") or [None])[0]
    if not need:
        return sides
    able = [side for side in sides if NEEDS[need] in wire.api_versions(side.server)]
    for side in sides:
        if side not in able:
            report.left_out(table, side.name, f"{side.kind}'s broker has no {need}")
    return able


def _in_several_hands(table, sides):
    """All sides at once; but those of Apache's tools in turn where there are files, since their JVM has one directory."""
    hands = [[side] for side in sides]
    if table.says("file"):
        hands = [[side for side in sides if side.tool == tool] for tool in ("apache", "kavka")]
    with ThreadPoolExecutor(len(hands)) as pool:
        for done in [pool.submit(lambda hand: [side.play() for side in hand], hand) for hand in hands]:
            done.result()


def _judge(table, sides, report, record, alter):
    if record:
        _write(table, next(side for side in sides if (side.tool, side.kind) == ("apache", "kafka")))
    usage_of = next((side.outcomes for side in sides if side.tool == "apache"), None)
    for number, step in enumerate(table.calls):
        for side in sides:
            outcome = side.outcomes[number]
            if alter and side.tool == "kavka":
                outcome = alter(table, step, outcome)
            verdict = verdicts.compare(step, outcome, side.server, side.tool)
            if side.tool == "kavka" and usage_of:
                verdicts.compare_usage(outcome, usage_of[number], verdict)
            report.told(table, number, step, side, verdict)


def _write(table, side):
    for step, outcome in zip(table.calls, side.outcomes):
        step.recorded, _ = verdicts.normal(outcome, side.server, step.unordered)
    table.write()
