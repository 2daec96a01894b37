"""A million lines of 99 bytes through a tool into a topic, and out of it again: wall time and the tool's CPU.

What comes out is compared with what went in, byte for byte.
"""

import filecmp
import random

import apache
import programs
import topics
from contenders import BrokerCpu
from harness import packages
from stopwatch import Ended, run

NAME = "lines"


def measure(plan):
    count = plan.pick(100_000, 1_000_000, 1_000_000)
    lines = plan.folder / "lines"
    write_lines(lines, count)
    plan.figures.note(NAME, f"{count:,} lines of 99 bytes from a file through the tool into one partition (`in`), and from it to a file "
                            "(`out`), each tool with its defaults. Limit: `cat` from file to file.")
    with plan.brokers(Kfake=None) as brokers:
        for broker in brokers:
            with plan.load(NAME, f"at {broker.title}", [broker]):
                for _ in range(plan.few_runs):
                    for side, commands in tools(broker, count).items():
                        there_and_back(plan, broker, side, *commands, lines, count)


def write_lines(path, count):
    chance = random.Random(99)
    with open(path, "wb") as lines:
        for number in range(count):
            lines.write(f"{number:09d} {chance.getrandbits(356):089x}\n".encode())


def tools(broker, count):
    """Side → (the words that produce to a topic, those that consume from it)."""
    where = ("--bootstrap-server", broker.address)
    all_of_it = ("--from-beginning", "--max-messages", count)
    return {
        "kavka": (lambda topic: [packages.kavka(), "produce", *where, "--topic", topic],
                  lambda topic: [packages.kavka(), "consume", *where, "--topic", topic, *all_of_it]),
        "Apache's tools": (lambda topic: apache.tool("kafka-console-producer", *where, "--topic", topic),
                           lambda topic: apache.tool("kafka-console-consumer", *where, "--topic", topic, *all_of_it)),
        "kcat": (lambda topic: [packages.kcat(), "-b", broker.address, "-P", "-t", topic],
                 lambda topic: [packages.kcat(), "-b", broker.address, "-C", "-q", "-t", topic, "-o", "beginning", "-c", count]),
    }


def there_and_back(plan, broker, side, produce, consume, lines, count):
    topic, back = plan.new_topic(), plan.folder / "lines-back"
    topics.create(broker, topic)
    programs.warm()
    through(plan, broker, side, "in", produce(topic), lines, plan.folder / "told")
    topics.must_hold(broker, topic, 1, count)
    through(plan, broker, side, "out", consume(topic), "/dev/null", back)
    if not filecmp.cmp(lines, back, shallow=False):
        raise Ended(f"{side}: what came out of {broker.title} is not what went in")
    topics.delete(broker, topic)
    back.unlink()
    for way in ("in", "out"):
        load = f"{way}, at {broker.title}"
        if (NAME, load, "wall") not in plan.figures.limits:
            plan.figures.limit(NAME, load, "wall", copy(lines, back))


def through(plan, broker, side, way, argv, source, sink):
    with open(source, "rb") as stdin, open(sink, "wb") as stdout, BrokerCpu(broker) as cpu:
        took = run(argv, stdin=stdin, stdout=stdout)
    load = f"{way}, at {broker.title}"
    plan.figures.add(NAME, load, "wall", "s", side, took.seconds)
    plan.figures.add(NAME, load, "tool's CPU", "s", side, took.cpu)
    plan.figures.add(NAME, load, "broker CPU", "s", side, cpu.seconds)


def copy(lines, back):
    with open(lines, "rb") as stdin, open(back, "wb") as stdout:
        return run(["cat"], stdin=stdin, stdout=stdout).seconds
