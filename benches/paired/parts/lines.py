"""A million lines of 99 bytes through a tool into a topic, and out of it again: wall time, the tool's CPU and its memory.

Plain lines at both brokers; at kavka also lines with a key, lines of JSON (Apache's tools have none, kcat only writes them), a
topic of 12 partitions, and a tenth of the lines, which shows whether memory grows with them. What comes out is compared with
what went in, byte for byte; of several partitions without the order, of JSON by its values.
"""

import random
from dataclasses import dataclass
from itertools import islice

import apache
import programs
import topics
from contenders import BrokerCpu
from harness import packages
from stopwatch import Ended, run

NAME = "lines"
KAVKA, APACHE, KCAT = "kavka", "Apache's tools", "kcat"


@dataclass
class Shape:
    """Lines and what is done with them. Command lines lack what every one of the side's has."""
    prefix: str
    line: str  # what a line is made of, for `format`
    produce: dict  # side → words
    consume: dict
    share: int = 1  # of so many lines one is taken
    partitions: int = 1


KEYED_IN, KEYED_OUT = ("--reader-property", "parse.key=true"), ("--formatter-property", "print.key=true")
PLAIN = Shape("", "{} {}\n", {KAVKA: (), APACHE: (), KCAT: ()}, {KAVKA: (), APACHE: (), KCAT: ()})
SHAPES = (
    PLAIN,
    Shape("a tenth of them ", "{} {}\n", PLAIN.produce, PLAIN.consume, share=10),
    Shape("keyed ", "{}\t{}\n", {KAVKA: KEYED_IN, APACHE: KEYED_IN, KCAT: ("-K", "\t")},
          {KAVKA: KEYED_OUT, APACHE: KEYED_OUT, KCAT: ("-K", "\t")}),
    Shape("JSON ", '{{"key":"{}","value":"{}"}}\n', {KAVKA: ("--input", "jsonl")}, {KAVKA: ("--output", "jsonl"), KCAT: ("-J",)}),
    Shape("12 partitions ", "{} {}\n", PLAIN.produce, PLAIN.consume, partitions=12),
)


def measure(plan):
    count = plan.pick(100_000, 1_000_000, 1_000_000)
    plan.figures.note(NAME, f"{count:,} lines of 99 bytes (of JSON: more) from a file through the tool into one partition (`in`), and "
                            "from it to a file (`out`), each tool with its defaults. Memory is the most that was resident. Limit: "
                            "`cat` from file to file.")
    with plan.brokers(Kfake=None) as brokers:
        at_kavka = [(shape, brokers[0]) for shape in SHAPES[1:]]
        for shape, broker in [(PLAIN, broker) for broker in brokers] + at_kavka:
            with plan.load(NAME, f"{shape.prefix}at {broker.title}", [broker]):
                measure_shape(plan, broker, shape, count // shape.share)


def measure_shape(plan, broker, shape, count):
    lines = plan.folder / "lines"
    write_lines(lines, shape.line, count)
    first = broker.title == KAVKA and shape is PLAIN
    for turn in range(plan.runs if first else plan.few_runs):
        for side in shape.consume:
            # Java's takes the longest and changes the least.
            if side != APACHE or turn < (plan.few_runs if shape is PLAIN else 1):
                there_and_back(plan, broker, side, shape, lines, count)
        for way in ("in", "out"):
            plan.figures.limit(NAME, f"{shape.prefix}{way}, at {broker.title}", "wall", copy(lines, plan.folder / "lines-back"))


def write_lines(path, line, count):
    chance = random.Random(99)
    with open(path, "w") as lines:
        for number in range(count):
            lines.write(line.format(f"{number:09d}", f"{chance.getrandbits(356):089x}"))


def producer(broker, side, topic, words):
    where = ("--bootstrap-server", broker.address, "--topic", topic, *words)
    return {KAVKA: lambda: [packages.kavka(), "produce", *where],
            APACHE: lambda: apache.tool("kafka-console-producer", *where),
            KCAT: lambda: [packages.kcat(), "-b", broker.address, "-P", "-t", topic, *words]}[side]()


def consumer(broker, side, topic, words, count):
    where = ("--bootstrap-server", broker.address, "--topic", topic, "--from-beginning", "--max-messages", count, *words)
    return {KAVKA: lambda: [packages.kavka(), "consume", *where],
            APACHE: lambda: apache.tool("kafka-console-consumer", *where),
            KCAT: lambda: [packages.kcat(), "-b", broker.address, "-C", "-q", "-t", topic, "-o", "beginning", "-c", count, *words]}[side]()


def there_and_back(plan, broker, side, shape, lines, count):
    topic, back = plan.new_topic(), plan.folder / "lines-back"
    topics.create(broker, topic, shape.partitions)
    programs.warm()
    if side in shape.produce:
        through(plan, broker, side, f"{shape.prefix}in", producer(broker, side, topic, shape.produce[side]), lines, plan.folder / "told")
    else:
        with open(lines, "rb") as stdin:
            run(producer(broker, KAVKA, topic, shape.produce[KAVKA]), stdin=stdin)
    topics.must_hold(broker, topic, shape.partitions, count)
    through(plan, broker, side, f"{shape.prefix}out", consumer(broker, side, topic, shape.consume[side], count), "/dev/null", back)
    if not is_the_same(shape, lines, back):
        raise Ended(f"{side}: what came out of {broker.title} is not what went in")
    topics.delete(broker, topic)
    back.unlink()


def is_the_same(shape, lines, back):
    with open(lines, "rb") as one, open(back, "rb") as other:
        if shape.partitions > 1:
            return sorted(one) == sorted(other)
        if "value" in shape.line:
            # The last 89 digits of a line's value, wherever kcat's or kavka's JSON has them.
            return all(mine[-92:-3] in line for mine, line in zip(one, other, strict=True))
        while mine := list(islice(one, 10_000)):
            if mine != list(islice(other, 10_000)):
                return False
        return not other.read(1)


def through(plan, broker, side, way, argv, source, sink):
    with open(source, "rb") as stdin, open(sink, "wb") as stdout, BrokerCpu(broker) as cpu:
        took = run(argv, stdin=stdin, stdout=stdout)
    load, add = f"{way}, at {broker.title}", plan.figures.add
    add(NAME, load, "wall", "s", side, took.seconds)
    add(NAME, load, "tool's CPU", "s", side, took.cpu)
    add(NAME, load, "tool's memory", "MB", side, took.most_resident / 1e6)
    add(NAME, load, "broker CPU", "s", side, cpu.seconds)


def copy(lines, back):
    with open(lines, "rb") as stdin, open(back, "wb") as stdout:
        return run(["cat"], stdin=stdin, stdout=stdout).seconds
