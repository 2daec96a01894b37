"""Planted faults: each is put into the live run (agents/planted.py does it), and must be reported as just the anomalies it is.

Only librdkafka's actors have them; the broker is killed in nearly every run. A run without any is clean.
"""

from checker import check
from trial import Rdkafka, Trial

# Fault → who has it, and what it must be reported as.
FAULTS = {
    "a reader drops a record": ("reader", {"skipped poll"}),
    "a reader is given a record again": ("reader", {"non-monotonic poll"}),
    "a reader is given another record": ("reader", {"invented", "inconsistent offset"}),
    "a reader sees all": ("reader", {"aborted read", "pre-commit read"}),
    "a record is written twice": ("writer", {"duplicated"}),
    "a record is not written": ("writer", {"lost"}),
    "half a transaction is committed": ("writer", {"partial transaction"}),
    "an abort commits": ("writer", {"aborted read"}),
    "a commit aborts": ("writer", {"lost"}),
    "an acknowledgement is missing": ("writer", {"skipped send"}),
    "records are written in reverse": ("writer", {"internal"}),
    "a transaction overtakes": ("writer", {"non-monotonic send"}),
    "offsets are not committed": ("transformer", {"consumed twice"}),
    "a member overlooks a record": ("transformer", {"skipped poll", "never consumed"}),
    "two transactions read each other": ("transformer", {"write-read cycle"}),
}


def run(broker, folder, chosen, say=print):
    """The faults chosen, one by one, after a run without any; returns the exit code."""
    missed = []
    for number, fault in enumerate([None, *(FAULTS if chosen == "all" else [chosen])]):
        who, wanted = FAULTS[fault] if fault else (None, set())
        home = folder / f"plant-{number}"
        home.mkdir()
        trial = Trial(broker, home, f"plant-{number}", say)
        members = 2 if who == "transformer" else 1
        if fault == "a reader sees all":
            # What it saw passes for committed: no kill may leave an outcome unknown. And it must have time to see.
            plants, extent = {"writer": "a writer hesitates", who: fault}, {"kills": 0, "records": 0, "up": 8}
        else:
            plants, extent = {who: fault}, {"kills": 1, "records": 300, "up": 2}
        anomalies = check(trial.run([Rdkafka], own=1, transformers=members, plants=plants, **extent))
        found = {name: len(cases) for name, cases in anomalies.items() if cases}
        say(f"{fault or 'nothing planted'}: {', '.join(f'{count} {name}' for name, count in found.items()) or 'no anomaly'}")
        if set(found) != wanted:
            missed.append(fault or "nothing planted")
            for name, cases in anomalies.items():
                say("".join(f"    {name}: {case}\n" for case in cases[:3]), end="")
    say(f"planted faults missed or misnamed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0
