"""What was measured, and the Markdown that shows it.

A figure is one value of one run for one side. A row shows the median of each side with least and most, the median of
the ratios of neighbouring runs (the first side over each other one), and what the machine itself can do there, measured
between the runs.
"""

import statistics
import sys
from collections import defaultdict


class Figures:
    def __init__(self):
        self.values = defaultdict(list)  # (part, load, quantity, side) → values
        self.units, self.limits, self.notes, self.failures = {}, defaultdict(list), defaultdict(list), []

    def add(self, part, load, quantity, unit, side, value):
        self.values[part, load, quantity, side].append(value)
        self.units[part, load, quantity] = unit
        progress(f"{part} | {load} | {side}: {quantity} {shown(value)} {unit}")

    def limit(self, part, load, quantity, value):
        """What the machine can do, in the row's unit: once for every time that it was measured beside the load."""
        self.limits[part, load, quantity].append(value)

    def note(self, part, text):
        if text not in self.notes[part]:
            self.notes[part].append(text)

    def failed(self, part, load, why):
        self.failures.append(f"{part} | {load}: {type(why).__name__}: {why}")
        progress(f"FAILED {self.failures[-1]}")

    def parts(self):
        return list(dict.fromkeys(part for part, *_ in self.values))

    def rows(self, part):
        return [row for row in self.units if row[0] == part]

    def sides(self, part):
        return list(dict.fromkeys(side for which, _, _, side in self.values if which == part))

    def table(self, part):
        first, *others = self.sides(part)
        lines = [["load", "", first, *others, *(f"{first} ÷ {other}" for other in others), "machine's limit"]]
        for row in self.rows(part):
            _, load, quantity = row
            ours, *theirs = (self.values.get((*row, side), []) for side in (first, *others))
            lines.append([load, f"{quantity}, {self.units[row]}", spread(ours), *map(spread, theirs),
                          *(ratio(ours, values) for values in theirs), self.limit_of(row)])
        if not any(row in self.limits for row in self.rows(part)):
            lines = [line[:-1] for line in lines]
        lines.insert(1, ["---", "---", *["---:"] * (len(lines[0]) - 2)])
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)

    def limit_of(self, row):
        return shown(statistics.median(self.limits[row])) if row in self.limits else ""

    def markdown(self, heading, aims):
        """The heading, the table of the aims, every figure, and the aims again."""
        told = [*heading, "\n## The aims\n", aims]
        for part in self.parts():
            told += [f"\n## {part}\n", *(f"{note}\n" for note in self.notes[part]), self.table(part)]
        told += ["\n## The aims, again\n", aims]
        if self.failures:
            told += ["\n## Could not be run\n", *(f"- {failure}" for failure in self.failures)]
        return "\n".join(told) + "\n"

    def as_data(self):
        return {"values": [[*key, self.units[key[:3]], values] for key, values in self.values.items()],
                "limits": [[*key, statistics.median(values)] for key, values in self.limits.items()], "failures": self.failures}


def spread(values):
    if not values:
        return "–"
    if len(values) == 1:
        return shown(values[0])
    return f"{shown(statistics.median(values))} ({shown(min(values))}–{shown(max(values))})"


def ratio(ours, theirs):
    """Of what is left over after a subtraction nothing may be left, or less: that has no ratio."""
    pairs = [mine / other for mine, other in zip(ours, theirs) if other > 0 and mine >= 0]
    return f"{shown(statistics.median(pairs))}×" if pairs else "–"


def shown(value):
    """Three figures that count."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3f}" if abs(value) >= 0.1 else f"{value:.4f}"


def progress(text):
    print(text, file=sys.stderr, flush=True)
