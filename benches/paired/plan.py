"""How much is measured: the number of runs and the sizes, and who takes part; in which order; and what becomes of a load that
could not be run."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import programs
from contenders import ApacheKafka, Kavka, Kfake, standing
from harness import packages, processes

MIB = 1 << 20
BRIEF, USUAL, FULL = "brief", "usual", "full"


@dataclass
class Plan:
    extent: str
    runs: int
    limits: object
    figures: object
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="measure-")))
    kinds: tuple = (Kavka, ApacheKafka, Kfake)
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

    def brokers(self, **instead):
        """All brokers of this run, started; `Kfake=…` takes another kind in its place, or none."""
        kinds = (instead.get(kind.__name__, kind) for kind in self.kinds)
        return standing([kind for kind in kinds if kind])

    def alternate(self, part, load, brokers, act, runs=None, beside=None):
        """`act(broker)` for one after the other and again (A B C A B C …), and between the rounds `beside()`, which measures what
        the machine can do. One that fails is told of and left out of the rest of this load."""
        left = list(brokers)
        for _ in range(runs or self.runs):
            for broker in list(left):
                with self.load(part, f"{load}, at {broker.title}", [broker]) as went_well:
                    act(broker)
                if not went_well:
                    left.remove(broker)
            if beside and left:
                beside()
        return left

    @contextlib.contextmanager
    def load(self, part, load, brokers=()):
        """One load: what goes wrong in it is kept by name, and the next one is run. The list given has something in it if all went well."""
        went_well = []
        try:
            yield went_well
            went_well.append(load)
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
