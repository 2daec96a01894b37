"""What one waits for at the prompt: a command from exec to exit, against a broker that is there.

kavka, Apache's tools (each a JVM of its own; the time of their shell scripts is not in it) and kcat, where it has such a
command. Each command's effect or answer is checked.
"""

import apache
import topics
from harness import packages
from stopwatch import Ended, run

NAME = "one-shots"
KAVKA, APACHE, KCAT = "kavka", "Apache's tools", "kcat"
LINE = b"say hello\n"
GROUP = "measured"


def measure(plan):
    plan.figures.note(NAME, "Exec to exit, wall and CPU of the tool. kcat has no command for groups. Limit: `/bin/true`.")
    with plan.brokers(Kfake=None) as brokers:
        for broker in brokers:
            with plan.load(NAME, f"at {broker.title}", [broker]):
                measure_at(plan, broker)


def measure_at(plan, broker):
    topic, produced = plan.new_topic(), 1
    topics.create(broker, topic)
    line = plan.folder / "line"
    line.write_bytes(LINE)
    with open(line, "rb") as stdin:
        run([packages.kavka(), "produce", "--bootstrap-server", broker.address, "--topic", topic], stdin=stdin)
    run([packages.kavka(), "consume", "--bootstrap-server", broker.address, "--topic", topic, "--group", GROUP, "--from-beginning",
         "--max-messages", "1"])
    for turn in range(plan.few_runs):
        for what, commands, expected in invocations(broker, topic):
            for side, argv in commands.items():
                with open(line, "rb") as stdin:
                    took = run(argv, stdin=stdin)
                if expected not in took.out:
                    raise Ended(f"{side}: {what} printed {took.out[-300:]!r}")
                load = f"{what}, at {broker.title}"
                plan.figures.add(NAME, load, "wall", "ms", side, took.seconds * 1000)
                plan.figures.add(NAME, load, "CPU", "ms", side, took.cpu * 1000)
                plan.figures.limit(NAME, load, "wall", plan.limits.process() * 1000)
                if what.startswith("produce"):
                    produced += 1
                    topics.must_hold(broker, topic, 1, produced)


def invocations(broker, topic):
    """(what, side → command line, what it must print)"""
    def kavka(*words):
        return [packages.kavka(), *words, "--bootstrap-server", broker.address]

    def java(script, *words):
        return apache.tool(script, "--bootstrap-server", broker.address, *words)

    def kcat(*words):
        return [packages.kcat(), "-b", broker.address, *words]

    one = ("--topic", topic, "--from-beginning", "--max-messages", "1")
    return [
        ("topics --list", {KAVKA: kavka("topics", "--list"), APACHE: java("kafka-topics", "--list"), KCAT: kcat("-L")}, topic.encode()),
        ("produce one line", {KAVKA: kavka("produce", "--topic", topic), APACHE: java("kafka-console-producer", "--topic", topic),
                              KCAT: kcat("-P", "-t", topic)}, b""),
        ("consume one record", {KAVKA: kavka("consume", *one), APACHE: java("kafka-console-consumer", *one),
                                KCAT: kcat("-C", "-q", "-t", topic, "-o", "beginning", "-c", "1")}, LINE),
        ("groups --describe", {KAVKA: kavka("groups", "--describe", "--group", GROUP),
                               APACHE: java("kafka-consumer-groups", "--describe", "--group", GROUP)}, topic.encode()),
    ]
