"""What a comparison says of one call: identical, identical but for what a rule reduces, different with a stated reason, different."""

import difflib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import rules
from table import Outcome, written

DIFFERENCES = Path(__file__).with_name("differences.txt")
IDENTICAL, BUT_FOR, REASON, DIFFERENT = "identical", "identical but for", "different with a reason", "DIFFERENT"
STREAMS = ("stdout", "stderr")


@dataclass
class Verdict:
    kind: str
    what: list = field(default_factory=list)  # the parts that differ: stdout, stderr, exit code, usage
    words: str = ""  # the reason, or what it is identical but for
    diff: list = field(default_factory=list)
    hits: Counter = field(default_factory=Counter)


def normal(outcome, server, unordered):
    """The outcome with the rules applied, and their hits."""
    hits, texts = Counter(), []
    for stream in STREAMS:
        text, found = rules.normal(getattr(outcome, stream), server)
        texts.append(b"".join(sorted(text.splitlines(True))) if unordered else text)
        hits += found
    return Outcome(*texts, outcome.exit), hits


def compare(step, outcome, server, tool):
    """A call's outcome against the recorded one."""
    found, hits = normal(outcome, server, step.unordered)
    expected = step.recorded
    if tool == "kavka":
        expected, absent = _without(expected)
        hits += absent
    what = [stream for stream in STREAMS if getattr(found, stream) != getattr(expected, stream)]
    what += ["exit code"] if found.exit != expected.exit else []
    if what:
        return Verdict(DIFFERENT, what, diff=_diff(expected, found), hits=hits)
    instead = [rule.instead for name, rule in rules.INSTEAD.items() if tool == "kavka" and hits[name]]
    return Verdict(BUT_FOR if instead else IDENTICAL, words=" and ".join(instead), hits=hits)


def _without(recorded):
    """What is expected of kavka: what has the tokens of the rules of which it has nothing, is without them."""
    hits, texts = Counter(), []
    for stream in STREAMS:
        text = getattr(recorded, stream)
        for name, token in rules.ABSENT.items():
            if token in text:
                hits[name] += text.count(token)
                text = text.replace(token, b"")
        texts.append(text)
    return Outcome(*texts, recorded.exit), hits


def compare_usage(outcome, apaches, verdict):
    """The rules `usage` and `help` leave the table out; here its options and their types."""
    ours, theirs = ([rules.options(getattr(each, stream)) for stream in STREAMS] for each in (outcome, apaches))
    ours, theirs = sum(ours, []), sum(theirs, [])
    if ours != theirs:
        verdict.kind, verdict.what = DIFFERENT, [*verdict.what, "usage"]
        verdict.diff += [line for line in difflib.ndiff(theirs, ours) if not line.startswith("  ")]


def _diff(expected, found):
    def lines(outcome):
        return [*written("1", outcome.stdout), *written("2", outcome.stderr), f"exit {outcome.exit}"]
    return [line for line in difflib.unified_diff(lines(expected), lines(found), "recorded", "printed", n=0, lineterm="")][2:]


class Reasons:
    """`differences.txt`: blocks of a reason and the calls it explains; one that explains nothing any more is stale.

        reason  TEXT
        FILE: CALL                      every side
        FILE: CALL  [SIDE, SIDE]        these sides only
    """

    def __init__(self):
        self.reasons, self.tried = {}, {}
        reason = None
        for line in DIFFERENCES.read_text().split("\n"):
            if line.startswith("reason"):
                reason = line[len("reason"):].strip()
            elif line.strip() and not line.startswith("#"):
                call, _, sides = line.partition("  [")
                self.reasons[call.strip(), sides.rstrip("]")] = reason

    def judge(self, table, step, side, verdict):
        """Turns a difference that has a reason into one; remembers which entries were tried and which were needed."""
        for key, reason in self.reasons.items():
            call, sides = key
            here = f"the usage of {side}" if verdict.what == ["usage"] else side
            if call == f"{table.name}: {step.line}" and (not sides or here in sides.split(", ")):
                self.tried[key] = self.tried.get(key, False) or verdict.kind == DIFFERENT
                if verdict.kind == DIFFERENT:
                    verdict.kind, verdict.words = REASON, reason

    def stale(self):
        return [f"{call}: {self.reasons[call, sides]}" for (call, sides), needed in self.tried.items() if not needed]
