"""Planted faults: each alters one thing, and must be reported as just that, by name.

stdout, stderr and exit alter what one call of kavka is taken to have printed; offset puts `off_by_one.py` before our broker.
"""

import io
import re
from dataclasses import replace

import trial
from off_by_one import OffByOne
from report import Report
from table import tables

TABLE = "groups-describe.txt"
OURS = "kavka's tools on kavka's broker"
FAULTS = {
    "stdout": ("stdout", lambda outcome: replace(outcome, stdout=outcome.stdout[:-2] + b"~\n")),
    "stderr": ("stderr", lambda outcome: replace(outcome, stderr=outcome.stderr[:-2] + b"~\n")),
    "exit": ("exit code", lambda outcome: replace(outcome, exit=outcome.exit + 1)),
    "offset": ("stdout", None),
}


def run(chosen):
    """The faults one by one, after a run without any; returns the exit code."""
    sound = _play().different
    for line in sound:
        print(f"differs without a fault: {line}")
    missed = [fault for fault in ([*FAULTS] if chosen == "all" else [chosen]) if not _is_caught(fault)]
    print(f"planted faults missed: {', '.join(missed) or 'none'}")
    return 1 if missed or sound else 0


def _is_caught(fault):
    part, alter = FAULTS[fault]
    [table] = tables([TABLE])
    expected = [f"{_name(table, call)}: {OURS}: {part}" for call in _struck(table, fault)]
    found = (_play(front=OffByOne) if fault == "offset" else _play(alter=_at(expected[0], alter))).different
    print(f"planted in {'the broker, an offset off by one' if fault == 'offset' else part}: reported {len(found)}")
    for line in found:
        print(f"    {line}")
    return [line for line in found if f": {OURS}: " in line] == expected


def _struck(table, fault):
    """The calls that must be reported: those that show where a log begins or ends, or the first that prints on that stream."""
    if fault == "offset":
        return [call for call in table.calls if b"LOG-END-OFFSET" in call.recorded.stdout or re.search("--to-(ea|la)", call.line)]
    return [next(call for call in table.calls if fault == "exit" or getattr(call.recorded, fault))]


def _name(table, call):
    return f"{table.name}:{next(at for at, each in enumerate(table.calls, 1) if each is call)} {call.line}"


def _at(place, alter):
    def altered(table, call, outcome):
        return alter(outcome) if place.startswith(f"{_name(table, call)}: ") else outcome
    return altered


def _play(**faults):
    report = Report(quiet=True, out=io.StringIO())
    trial.play(tables([TABLE]), "kavka", report, **faults)
    return report
