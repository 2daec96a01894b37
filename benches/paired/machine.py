"""The machine that the figures belong to: its description, and what it can do at all (`programs/limits.c`)."""

import os
import platform
import re
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import programs
from harness import packages, processes
from stopwatch import run


def description(kafka_version):
    """Lines of Markdown, taken before anything is loaded."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    free = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    return [
        f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC; load before: {' '.join(f'{load:.2f}' for load in os.getloadavg())}",
        f"{cpu}, {os.cpu_count()} cores, {int(memory.split()[1]) / 2**20:.0f} GiB; {platform.system()} {platform.release()}; "
        f"{filesystem(tempfile.gettempdir())}, {free:.0f} GB free",
        f"kavka {_words([packages.kavka(), '--version'])} ({packages.kavka().stat().st_size / 1e6:.1f} MB, "
        f"{'release' if 'release' in packages.kavka().parts else 'NOT a release build'}); Apache Kafka {kafka_version} on "
        f"{_words(['java', '-version'])}; kcat with {re.search(r'librdkafka [0-9.]+', _words([packages.kcat(), '-V'], line=-1))[0]}",
    ]


def filesystem(folder):
    """The kind of file system that a folder is on."""
    folder, best = os.path.realpath(folder), ("", "?")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if os.path.commonpath([folder, place]) == place and len(place) >= len(best[0]):
            best = place, kind
    return f"{best[1]} at {best[0]}"


def _words(argv, line=0):
    done = processes.run(argv)
    return (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()[line].removeprefix("kavka ")


class Limits:
    """What the machine can do: all of it at the beginning, and pieces of it again beside the runs of a load."""

    def __init__(self):
        self.measured = defaultdict(list)  # name → what was found each time
        for _ in range(20):
            self.process()
        self.beside()

    def beside(self, *pieces):
        """Measures the pieces of work that are named, or all; name → what was found now."""
        with tempfile.TemporaryDirectory(prefix="measure-limits-") as folder:
            found = programs.run("limits", folder, *pieces)
        for name, values in found.items():
            self.measured[name].append(values)
        return found

    def process(self):
        """Seconds from exec to exit of a program that does nothing."""
        took = run(["/bin/true"]).seconds
        self.measured["process"].append({"seconds": took})
        return took

    def items(self):
        """name → the median of each figure"""
        return [(name, {figure: statistics.median(values[figure] for values in found) for figure in found[0]})
                for name, found in self.measured.items()]


def seconds_to_sync(size, files, piece):
    """What the device takes to sync so many bytes, just written to so many files in such pieces."""
    with tempfile.TemporaryDirectory(prefix="measure-limits-") as folder:
        return programs.run("limits", folder, "--sync", size, files, piece)["seconds"]
