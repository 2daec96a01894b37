"""How much is measured: the number of runs and the sizes; and what becomes of a load that could not be run."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import programs
from harness import packages, processes

MIB = 1 << 20
BRIEF, USUAL, FULL = "brief", "usual", "full"


@dataclass
class Plan:
    extent: str
    runs: int
    limits: dict
    figures: object
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="measure-")))
    topics: int = 0
    partitions: int | None = None
    gigabytes: float | None = None

    def pick(self, brief, usual, full):
        return {BRIEF: brief, USUAL: usual, FULL: full}[self.extent]

    @property
    def few_runs(self):
        """For loads in which a JVM starts each time."""
        return self.runs if self.extent == FULL else min(self.runs, 3)

    def new_topic(self):
        """A name that was not used before: a deleted topic's name may be on its way out."""
        self.topics += 1
        return f"load{self.topics}"

    @contextlib.contextmanager
    def load(self, part, load, brokers=()):
        """One load: what goes wrong in it is kept by name, and the next one is run."""
        try:
            yield
        except Exception as why:  # noqa: BLE001
            self.figures.failed(part, load, why)
            for broker in brokers:
                if broker.child.poll() is not None:
                    broker.start()

    def batches(self, shapes):
        """The pre-encoded batch of each (record bytes, batch bytes, codec)."""
        python = packages.python("requirements-benches")
        done = processes.run([python, Path(__file__).with_name("batches.py"), self.folder, *(word for shape in shapes for word in shape)])
        if done.returncode:
            raise programs.Failed(f"batches.py: {done.stderr.decode(errors='replace')[-800:]}")
        return dict(zip(shapes, programs.json.loads(done.stdout)))


def size(count):
    """16384 → "16 KiB"."""
    return f"{count // MIB} MiB" if count >= MIB else f"{count // 1024} KiB" if count >= 1024 else f"{count} B"
