"""Whether the table has a call for every fact of `facts/TOOL.txt`:

    option   --NAME            a call of the tool gives it
    property NAME              a call, or a file of the set-up, gives NAME=…
    prints   TEXT              what was recorded of a call has it; … stands for anything on the line
    lacks    TEXT | WHY        known, and not to be had here
"""

import re
from pathlib import Path

from table import tables, words

FACTS = Path(__file__).with_name("facts")


def report():
    """Prints what no call has; returns the exit code."""
    uncovered, lacking, count = [], [], 0
    everything = tables()
    for file in sorted(FACTS.glob("*.txt")):
        calls = _Calls(file.stem, everything)
        for kind, text in _facts(file):
            count += 1
            if kind == "lacks":
                lacking.append(f"{file.stem}: {text.replace(' | ', ': ')}")
                if calls.prints(text.split(" | ")[0]):
                    uncovered.append(f"{file.stem}: it is said to lack {text!r}, and has it")
            elif not getattr(calls, kind)(text):
                uncovered.append(f"{file.stem}: {kind} {text}")
        print(f"{file.stem}: {len(calls.calls)} calls")
    for heading, lines in (("not to be had", lacking), ("UNCOVERED", uncovered)):
        for line in lines:
            print(f"{heading}: {line}")
    print(f"{count} facts, {len(uncovered)} uncovered, {len(lacking)} not to be had; "
          f"{sum(len(table.calls) for table in everything)} calls in all")
    return 1 if uncovered else 0


def _facts(file):
    for line in file.read_text().split("\n"):
        if line and not line.startswith("#"):
            kind, text = line.split(None, 1)
            yield kind, text


class _Calls:
    """What the table has of one tool."""

    def __init__(self, tool, everything):
        self.calls = [step for table in everything for step in table.calls if step.line.split(" ")[0] == f"{tool}.sh"]
        self.words = [word for step in self.calls for word in words(step.line)]
        self.printed = "".join((step.recorded.stdout + step.recorded.stderr).decode(errors="replace") for step in self.calls)
        self.files = "".join(step.stdin.decode(errors="replace") for table in everything for step in table.steps
                             if step.line.startswith("file ") and not step.is_call)

    def option(self, name):
        return any(word == name or word.startswith(f"{name}=") for word in self.words)

    def property(self, name):
        return any(word.startswith(f"{name}=") for word in self.words) or f"{name}=" in self.files

    def prints(self, text):
        return re.search(".*".join(map(re.escape, text.split("…"))), self.printed) is not None
