"""Members of one group: Java consumers in one process (`agents/GroupMembers.java`), and what they tell: who has which partition,
who has read which record.
"""

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "apps"))

from harness import java, packages  # noqa: E402
from program import Program  # noqa: E402

PARTITIONS, PATIENCE = 6, 60
CLASSIC = {"group.protocol": "classic", "heartbeat.interval.ms": 500, "session.timeout.ms": 10000}
CONSUMER = {"group.protocol": "consumer"}


class Members:
    """The members of one group, and what they told."""

    def __init__(self, address, group, topic):
        source = packages.AGENTS / "GroupMembers.java"
        path = f"{packages.java_classes(source)}:{packages.java_class_path()}"
        self.program = Program("members", ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", *java.logging(), "-cp", path, "GroupMembers",
                                           address, group, topic])
        self.read_until, self.owners, self.seen, self.present = 0, {}, Counter(), set()
        self.doubly, self.failures, self.uncommitted, self.assignments = [], [], 0, 0

    def join(self, name, settings):
        self.present.add(name)
        self.program.write_line(" ".join(["join", name, *(f"{key}={value}" for key, value in settings.items())]))

    def leave(self, name):
        self.present.remove(name)
        self.program.write_line(f"leave {name}")
        self.program.await_line(rf"^{name} (left|failed.*)$", PATIENCE)

    def look(self):
        """Takes in what was told since the last look."""
        lines = self.program.lines[self.read_until:]
        self.read_until += len(lines)
        for line in lines:
            name, what, *words = line.split(" ")
            getattr(self, f"_{what}")(name, words)

    def is_fair(self):
        self.look()
        if self.failures:
            raise RuntimeError("; ".join(self.failures))
        return len(self.owners) == PARTITIONS and set(self.owners.values()) == self.present

    def _assigned(self, name, numbers):
        self.assignments += 1
        for number in map(int, numbers):
            if number in self.owners:
                self.doubly.append(f"{number} is {name}'s while {self.owners[number]} has it")
            self.owners[number] = name

    def _revoked(self, name, numbers):
        for number in map(int, numbers):
            if self.owners.get(number) == name:
                del self.owners[number]

    _lost = _revoked

    def _read(self, name, places):
        for place in places:
            self.seen[place] += 1
            number = int(place.split(":")[0])
            if self.owners.get(number) != name:
                self.doubly.append(f"{place} is read by {name} while it is {self.owners.get(number)}'s")

    def _left(self, name, _):
        self._revoked(name, [number for number, owner in self.owners.items() if owner == name])

    def _failed(self, name, words):
        self.failures.append(f"{name}: {' '.join(words)}")

    def _uncommitted(self, *_):
        self.uncommitted += 1
