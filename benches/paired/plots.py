#!/usr/bin/env python3
"""Draws throughput and latency as SVG, from the JSON on standard input.

    plots.py FOLDER            writes throughput.svg and latency.svg there

Run by the interpreter that has `packages/requirements-benches.txt` (matplotlib).
"""

import json
import statistics
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "measure"
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {"kavka": "#1b7f79", "Apache Kafka": "#c8553d", "kfake": "#7d8597"}


def main():
    folder, measured = Path(sys.argv[1]), json.load(sys.stdin)
    limits = {tuple(key): value for *key, value in measured["limits"]}
    medians, extremes, units = {}, {}, {}
    for part, load, quantity, side, unit, values in measured["values"]:
        medians[part, load, quantity, side] = statistics.median(values)
        extremes[part, load, quantity, side] = min(values), max(values)
        units[part, load, quantity] = unit
    throughput = rows(units, {"producing", "consuming"}, {"throughput"}, with_part=True)
    cpu = rows(units, {"producing", "consuming"}, {"broker CPU"}, with_part=True)
    latency = rows(units, {"latency"}, {"p50", "p99", "p99.9"}, with_part=False)
    if throughput:
        draw(folder / "throughput.svg", [("MB/s (log)", throughput), ("broker CPU seconds per GB (log)", cpu)], medians, extremes, limits)
    if latency:
        draw(folder / "latency.svg", [("ms, end to end at 1,000 records/s (log)", latency)], medians, extremes, limits)


def rows(units, parts, quantities, with_part):
    found = [row for row in units if row[0] in parts and row[2] in quantities]
    return [(row, f"{row[0]}: {row[1]}" if with_part else f"{row[1]}, {row[2]}") for row in found]


def draw(path, panels, medians, extremes, limits):
    """Bars side by side, least to most as whiskers, the machine's limit as a mark."""
    tallest = max(len(found) for _, found in panels)
    figure, axes = plt.subplots(1, len(panels), figsize=(5.2 + 5 * len(panels), 1.4 + 0.5 * tallest), sharey=True, squeeze=False)
    for axis, (unit, found) in zip(axes[0], panels):
        for place, (side, colour) in enumerate(COLOURS.items()):
            drawn = [(index, medians[(*row, side)], *extremes[(*row, side)]) for index, (row, _) in enumerate(found)
                     if medians.get((*row, side), 0) > 0]
            if not drawn:
                continue
            at, middles, least, most = map(list, zip(*drawn))
            whiskers = [[middle - low for middle, low in zip(middles, least)], [high - middle for middle, high in zip(middles, most)]]
            axis.barh([index + 0.27 * (place - 1) for index in at], middles, 0.24, xerr=whiskers, color=colour, label=side, ecolor="#555",
                      capsize=2)
        marked = [(index, limits[row]) for index, (row, _) in enumerate(found) if row in limits]
        if marked:
            axis.plot([value for _, value in marked], [index for index, _ in marked], "k|", markersize=16, label="machine's limit")
        axis.set(xscale="log", xlabel=unit)
        axis.grid(axis="x", alpha=0.3)
    axes[0][0].set_yticks(range(len(panels[0][1])), [label for _, label in panels[0][1]])
    axes[0][0].invert_yaxis()
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="upper center", ncols=3, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.5 / figure.get_figheight()))
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
