"""The programs of `programs/`: those in C, compiled once each with the system's compiler, and what they print; and kfake in Go."""

import json
import tempfile
from pathlib import Path

from harness import packages, processes

SOURCES = Path(__file__).with_name("programs")
LIBRARIES = {"rdkafka": ["-lrdkafka"]}


class Failed(Exception):
    """A program that did not do its load, in its own words."""


def built(name):
    """The binary of `programs/<name>.c`. `rdkafka` needs the headers of librdkafka (Debian: librdkafka-dev)."""
    source, shared = SOURCES / f"{name}.c", SOURCES / "frames.h"

    def bring(folder):
        folder.mkdir()
        packages._call(source.name, "cc", "-O2", "-Wall", "-Wextra", "-o", folder / name, source, *LIBRARIES.get(name, []), "-lpthread")
    return packages._once(f"c-{name}", [source, shared], bring) / name


def kfake():
    """The binary of `programs/kfake`, in the versions of its go.mod."""
    source = SOURCES / "kfake"

    def bring(folder):
        folder.mkdir()
        packages._call("kfake", "go", "build", "-mod=readonly", "-o", folder / "kfake", ".", cwd=source)
    return packages._once("go-kfake", [source / "go.mod", source / "main.go"], bring) / "kfake"


def run(name, *arguments, timeout=300):
    """Runs a program to its end; what it printed as JSON."""
    done = processes.run([built(name), *arguments], timeout=timeout)
    if done.returncode:
        raise Failed(f"{name}: {done.stderr.decode(errors='replace').strip() or f'exit code {done.returncode}'}")
    return json.loads(done.stdout or b"null")


def load(broker, name, *arguments, timeout=300):
    """A program against a broker, which a failure names."""
    try:
        return run(name, *arguments, timeout=timeout)
    except Failed as failed:
        raise Failed(f"{broker.title}: {failed}") from None


def warm(megabytes=700):
    """Guest memory that was not touched for seconds costs more than what is measured: as much as the next load fills, and more."""
    with tempfile.TemporaryDirectory(prefix="measure-warm-") as folder:
        run("limits", folder, "--warm", megabytes)
