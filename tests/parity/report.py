"""What a parity run prints: a line for each call with what each side has to say, differences below it, the totals at the end."""

import sys
from collections import Counter

import verdicts
from verdicts import BUT_FOR, DIFFERENT, IDENTICAL, REASON

LONGEST_DIFF = 14


class Report:
    def __init__(self, quiet=False, out=sys.stdout):
        self.quiet, self.out = quiet, out
        self.reasons, self.counts, self.hits = verdicts.Reasons(), {}, Counter()
        self.different, self.absent, self.row, self.words = [], [], None, Counter()

    def told(self, table, number, step, side, verdict):
        """One call on one side."""
        self.reasons.judge(table, step, side.name, verdict)
        self.counts.setdefault(side.name, Counter())[verdict.kind] += 1
        self.hits += verdict.hits
        if verdict.words:
            self.words[verdict.kind, verdict.words] += 1
        name = f"{table.name}:{number + 1} {step.line}"
        if name != self.row and (not self.quiet or verdict.kind in (DIFFERENT, REASON)):
            self.row = name
            self._say(name)
        if not self.quiet or verdict.kind in (DIFFERENT, REASON):
            self._say(f"    {side.name}: {self._told(verdict)}")
        if verdict.kind == DIFFERENT:
            self.different.append(f"{name}: {side.name}: {', '.join(verdict.what)}")
            for line in [*verdict.diff[:LONGEST_DIFF], *(["…"] if len(verdict.diff) > LONGEST_DIFF else [])]:
                self._say(f"        {line}")

    def played(self, table, seconds):
        self._say(f"{table.name}: {len(table.calls)} calls on each side, the slowest in {seconds:.0f} s")

    @staticmethod
    def _told(verdict):
        hits = ", ".join(f"{name} {count}" for name, count in sorted(verdict.hits.items()))
        what = f": {', '.join(verdict.what)} differ" if verdict.kind == DIFFERENT else f" {verdict.words}" if verdict.words else ""
        return f"{verdict.kind}{what}" + (f" ({hits})" if hits else "")

    def left_out(self, table, side, why):
        self.absent.append(f"{table.name}, {len(table.calls)} calls: {side}: {why}")

    def close(self, seconds):
        """The totals; returns the exit code."""
        stale = self.reasons.stale()
        self._say("")
        for side, counts in self.counts.items():
            self._say(f"{side}: {sum(counts.values())} calls, " + ", ".join(
                f"{counts[kind]} {kind}" + (" …" if kind == BUT_FOR else "") for kind in (IDENTICAL, BUT_FOR, REASON, DIFFERENT)))
        total = sum(self.counts.values(), Counter())
        self._say(f"invocations tried: {sum(total.values())}; " + ", ".join(
            f"{total[kind]} {kind}" + (" …" if kind == BUT_FOR else "") for kind in (IDENTICAL, BUT_FOR, REASON, DIFFERENT)))
        for (kind, words), count in sorted(self.words.items()):
            self._say(f"{count} {kind}{':' if kind == REASON else ''} {words}")
        self._say("hits of the rules: " + ", ".join(f"{name} {count}" for name, count in sorted(self.hits.items())))
        for heading, lines in (("not played", self.absent), ("a reason that explains nothing any more", stale), ("DIFFERENT", self.different)):
            for line in lines:
                self._say(f"{heading}: {line}")
        self._say(f"{seconds:.0f} s")
        return 1 if self.different or stale or not total else 0

    def _say(self, line):
        print(line, file=self.out, flush=True)
