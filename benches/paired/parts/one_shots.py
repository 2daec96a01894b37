"""What one waits for at the prompt: a command from exec to exit, against a broker that is there.

kavka, Apache's tools (each a JVM of its own; the time of their shell scripts is not in it) and kcat, where it has such a
command. Each command's effect or answer is checked. At kavka the two that describe everything are run once more, with many
topics and groups there.
"""

import itertools

import apache
import programs
import topics
from harness import packages
from stopwatch import Ended, run

NAME = "one-shots"
KAVKA, APACHE, KCAT = "kavka", "Apache's tools", "kcat"
LINE = b"say hello\n"
GROUP = "measured"


def measure(plan):
    plan.figures.note(NAME, "Exec to exit, wall and CPU of the tool. kcat creates no topics and has no command for groups. "
                            "Limit: `/bin/true`.")
    with plan.brokers(Kfake=None) as brokers:
        for broker in brokers:
            with plan.load(NAME, f"at {broker.title}", [broker]):
                measure_at(plan, broker)
        many = plan.pick(100, 1000, 1000)
        with plan.load(NAME, f"at kavka with {many:,} topics and groups", brokers[:1]):
            among_many(plan, brokers[0], many)


def measure_at(plan, broker):
    topic, produced = plan.new_topic(), 1
    topics.create(broker, topic)
    line = plan.folder / "line"
    line.write_bytes(LINE)
    with open(line, "rb") as stdin:
        run([packages.kavka(), "produce", "--bootstrap-server", broker.address, "--topic", topic], stdin=stdin)
    run([packages.kavka(), "consume", "--bootstrap-server", broker.address, "--topic", topic, "--group", GROUP, "--from-beginning",
         "--max-messages", "1"])
    names = (f"made{number}" for number in itertools.count())
    for turn in range(plan.runs):
        for what, commands, expected in invocations(broker, topic, names):
            for side, argv in commands.items():
                once(plan, f"{what}, at {broker.title}", side, argv, expected, line)
                if what.startswith("produce"):
                    produced += 1
                    topics.must_hold(broker, topic, 1, produced)
                if what.endswith("--create"):
                    topics.must_hold(broker, argv[-1], 1, 0)
            plan.figures.limit(NAME, f"{what}, at {broker.title}", "wall", plan.limits.process() * 1000)


def among_many(plan, broker, many):
    """Describes every topic and every group of a cluster with many."""
    wide, names = plan.new_topic(), [f"many{number}" for number in range(many)]
    topics.create(broker, wide)
    topics.create_all(broker, names)
    programs.load(broker, "raw_groups", broker.port, "commit", many, wide, 1, 1)
    kavka, java, kcat = callers(broker)
    there, line = f"{many:,} topics and groups, at {broker.title}", plan.folder / "line"
    for _ in range(plan.few_runs):
        for what, commands, expected in (
                ("topics --list", {KAVKA: kavka("topics", "--list"), APACHE: java("kafka-topics", "--list"), KCAT: kcat("-L")}, names[-1]),
                ("topics --describe", {KAVKA: kavka("topics", "--describe"), APACHE: java("kafka-topics", "--describe"), KCAT: kcat("-L")},
                 names[-1]),
                ("groups --describe --all-groups", {KAVKA: kavka("groups", "--describe", "--all-groups"),
                                                    APACHE: java("kafka-consumer-groups", "--describe", "--all-groups")}, f"g{many - 1} ")):
            for side, argv in commands.items():
                once(plan, f"{what}, {there}", side, argv, expected.encode(), line)


def once(plan, load, side, argv, expected, line):
    with open(line, "rb") as stdin:
        took = run(argv, stdin=stdin)
    if expected not in took.out:
        raise Ended(f"{side}: {load} printed {took.out[-300:]!r}")
    plan.figures.add(NAME, load, "wall", "ms", side, took.seconds * 1000)
    plan.figures.add(NAME, load, "CPU", "ms", side, took.cpu * 1000)


def callers(broker):
    """The command lines of each side's tools at a broker."""
    def kavka(*words):
        return [packages.kavka(), *words[:1], "--bootstrap-server", broker.address, *words[1:]]

    def java(script, *words):
        return apache.tool(script, "--bootstrap-server", broker.address, *words)

    def kcat(*words):
        return [packages.kcat(), "-b", broker.address, *words]
    return kavka, java, kcat


def invocations(broker, topic, names):
    """(what, side → command line, what it must print)"""
    kavka, java, kcat = callers(broker)
    one = ("--topic", topic, "--from-beginning", "--max-messages", "1")
    return [
        ("topics --list", {KAVKA: kavka("topics", "--list"), APACHE: java("kafka-topics", "--list"), KCAT: kcat("-L")}, topic.encode()),
        ("topics --create", {KAVKA: kavka("topics", "--create", "--topic", next(names)),
                             APACHE: java("kafka-topics", "--create", "--topic", next(names))}, b"Created topic"),
        ("produce one line", {KAVKA: kavka("produce", "--topic", topic), APACHE: java("kafka-console-producer", "--topic", topic),
                              KCAT: kcat("-P", "-t", topic)}, b""),
        ("consume one record", {KAVKA: kavka("consume", *one), APACHE: java("kafka-console-consumer", *one),
                                KCAT: kcat("-C", "-q", "-t", topic, "-o", "beginning", "-c", "1")}, LINE),
        ("groups --describe", {KAVKA: kavka("groups", "--describe", "--group", GROUP),
                               APACHE: java("kafka-consumer-groups", "--describe", "--group", GROUP)}, topic.encode()),
    ]
