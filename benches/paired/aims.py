"""How fast kavka means to be, and the one table that says whether it is: ours, Apache Kafka's, the best other that ran here and the
machine's limit, out of the figures of one run.

An aim names a figure (its part, its load, where `*` stands for what depends on the extent, and its quantity) and the bound of
its median. What a run did not measure is left out and named below the table.
"""

import fnmatch
import statistics
from dataclasses import dataclass

from figures import ratio, shown, spread

OURS, APACHE = "kavka", ("Apache Kafka", "Apache's tools")


@dataclass(frozen=True)
class Aim:
    what: str
    part: str
    load: str
    quantity: str
    bound: float  # in the figure's unit; of an other side's median if `than` names one
    at_least: bool = False
    than: str | None = None
    cpu: str | None = None  # the quantity that has the CPU of the same load


ONE = "100 B, batches of 1 MiB, none"
SMALL = "100 B, batches of 16 KiB, none"
AIMS = (
    Aim("exec to ready, empty", "starting", "new directory", "exec to ready", 5, cpu="CPU until ready"),
    Aim("exec to ready, with 1 GB after a clean stop", "starting", "12 partitions, *, after a clean stop", "exec to ready", 20),
    Aim("exec to ready after a kill, 3 GB past the recovery point", "starting", "12 partitions, *, after kill -9",
        "exec to ready, for 3 GB", 1),
    Aim("resident when idle", "starting", "new directory", "resident when idle", 10),
    Aim("resident after 2 GB written", "stopping", "* GB written in batches of 1 MiB", "resident", 32),
    Aim("broker CPU for a GB in, 1 MB batches", "producing", f"{ONE}, acks=all, 1 partition", "broker CPU", 0.5),
    Aim("the same, 16 KB batches", "producing", f"{SMALL}, acks=all, 1 partition", "broker CPU", 1.6),
    Aim("100-byte records through librdkafka, acks=all: broker CPU", "clients", "librdkafka, produce", "broker CPU", 0.08),
    Aim("broker CPU for a GB out of the page cache", "consuming", f"{ONE}, 1 partition, 1 consumer", "broker CPU", 0.18),
    Aim("throughput out of the page cache", "consuming", f"{ONE}, 1 partition, 1 consumer", "throughput", 3500, at_least=True),
    Aim("end to end at 1,000 records/s, librdkafka, p50", "latency", "librdkafka, acks=all", "p50", 0.15),
    Aim("… p99", "latency", "librdkafka, acks=all", "p99", 0.35),
    Aim("… p99.9", "latency", "librdkafka, acks=all", "p99.9", 2),
    Aim("end to end at 1,000 records/s, raw frames, p50", "latency", "raw frames, acks=all", "p50", 0.15),
    Aim("… p99", "latency", "raw frames, acks=all", "p99", 0.35),
    Aim("… p99.9", "latency", "raw frames, acks=all", "p99.9", 2),
    Aim("clean stop under load, beyond the device's own time", "stopping", "SIGTERM under load*", "beyond the device's own time", 10),
    Aim("acks=all with fsync, 32 producers against one", "waiting", "32 producers", "rate against one producer", 10, at_least=True),
    Aim("throughput with 10,000 partitions against one", "scale", "10,000 partitions", "throughput against one partition", 0.5,
        at_least=True),
    Aim("`topics --list`", "one-shots", "topics --list, at kavka", "wall", 5, cpu="CPU"),
    Aim("`topics --create`", "one-shots", "topics --create, at kavka", "wall", 10, cpu="CPU"),
    Aim("one line produced", "one-shots", "produce one line, at kavka", "wall", 15, cpu="CPU"),
    Aim("one record consumed", "one-shots", "consume one record, at kavka", "wall", 15, cpu="CPU"),
    Aim("a million 99-byte lines in", "lines", "in, at kavka", "wall", 1.0, cpu="tool's CPU"),
    Aim("a million 99-byte lines out", "lines", "out, at kavka", "wall", 0.6, cpu="tool's CPU"),
    Aim("the tool's CPU for these lines in, against kcat's", "lines", "in, at kavka", "tool's CPU", 1, than="kcat"),
    Aim("the tool's CPU for these lines out, against kcat's", "lines", "out, at kavka", "tool's CPU", 1, than="kcat"),
)
PARTS = {aim.part for aim in AIMS}
HEAD = ["", "aim", OURS, "Apache Kafka", "best other", "machine's limit", "kavka ÷ Apache Kafka", "kavka ÷ best other",
        "CPU, kavka / Apache Kafka / best other", ""]


def table(figures):
    """Every aim that was measured as a row of Markdown, then the names of those that were not."""
    found = [(aim, row_of(figures, aim)) for aim in AIMS]
    lines = [HEAD, ["---", *["---:"] * (len(HEAD) - 1)], *(cells(figures, aim, row) for aim, row in found if row)]
    told = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    measured = figures.parts()
    missing = dict.fromkeys(f"{aim.part}: {aim.what}" if aim.part in measured else aim.part for aim, row in found if not row)
    return told + (f"\n\nNot measured: {'; '.join(missing)}.\n" if missing else "\n")


def row_of(figures, aim):
    """The figure that an aim is about, if kavka has one."""
    return next((row for row in figures.rows(aim.part) if fnmatch.fnmatchcase(row[1], aim.load) and row[2] == aim.quantity
                 and figures.values.get((*row, OURS))), None)


def cells(figures, aim, row):
    sides = {side: figures.values[*row, side] for side in figures.sides(aim.part) if figures.values.get((*row, side))}
    ours, apache = sides[OURS], next((side for side in APACHE if side in sides), None)
    other, unit = best_other(sides, aim), figures.units[row]
    theirs, others = sides.get(apache, []), sides.get(other, [])
    bound = statistics.median(sides[aim.than]) * aim.bound if aim.than in sides else None if aim.than else aim.bound
    words = "" if bound is None else f"{'≥' if aim.at_least else '≤'} {shown(bound)} {unit}"
    return [aim.what, words, spread(ours), spread(theirs), f"{other} {spread(others)}" if other else "–", figures.limit_of(row),
            ratio(ours, theirs), ratio(ours, others), cpu(figures, aim, row, (OURS, apache, other)),
            verdict(aim, statistics.median(ours), bound)]


def best_other(sides, aim):
    """The side that is best of those that are neither ours nor Apache's; the one that the aim is held against, if it names one."""
    others = [side for side in sides if side != OURS and side not in APACHE]
    if aim.than in others:
        return aim.than
    return (max if aim.at_least else min)(others, key=lambda side: statistics.median(sides[side]), default=None)


def cpu(figures, aim, row, sides):
    """The medians of the CPU of the same load."""
    if not aim.cpu:
        return ""
    part, load, _ = row
    values = [figures.values.get((part, load, aim.cpu, side)) for side in sides]
    told = " / ".join(shown(statistics.median(each)) if each else "–" for each in values)
    return f"{told} {figures.units.get((part, load, aim.cpu), '')}"


def verdict(aim, median, bound):
    if bound is None:
        return "not judged"
    factor = bound / median if aim.at_least else median / bound
    return f"met ({shown(factor)}×)" if factor <= 1 else f"**not met ({shown(factor)}×)**"
