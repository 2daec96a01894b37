"""What the suite prints: a line as each cell is known, the table, and `N passed, N failed` at the end."""

import sys


class Report:
    def __init__(self):
        self.outcomes = {}  # (column, row) → "ok", "FAIL" or "-"
        self.versions = {}

    def version(self, column, version):
        self.versions[column] = version
        self._say(f"{column} {version}")

    def passed(self, column, row, seconds=None):
        self.outcomes[column, row] = "ok"
        self._say(f"{column} × {row}: ok" + (f" ({seconds:.1f} s)" if seconds is not None else ""))

    def failed(self, column, row, reason):
        self.outcomes[column, row] = "FAIL"
        text = str(reason) or type(reason).__name__
        self._say(f"{column} × {row}: FAIL {text}")

    def not_to_be_had(self, column, row, reason):
        self.outcomes[column, row] = "-"
        self._say(f"{column} × {row}: not to be had ({reason})")

    def note(self, text):
        self._say(text)

    def table(self):
        """Capabilities down, clients across; `-` is what a client has not."""
        columns = list(dict.fromkeys(column for column, _ in self.outcomes))
        rows = list(dict.fromkeys(row for _, row in self.outcomes))
        lines = [["", *columns], *([row, *(self.outcomes.get((column, row), "") for column in columns)] for row in rows)]
        widths = [max(map(len, cells)) for cells in zip(*lines)]
        self._say("")
        for line in lines:
            self._say("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        self._say("")
        for column, version in self.versions.items():
            self._say(f"{column}: {version}")

    def close(self):
        """The last lines; returns the exit code. A run in which nothing passed has failed."""
        count = list(self.outcomes.values()).count
        if count("-"):
            self._say(f"not to be had: {count('-')}")
        self._say(f"{count('ok')} passed, {count('FAIL')} failed")
        return 0 if count("ok") and not count("FAIL") else 1

    @staticmethod
    def _say(line):
        print(line)
        sys.stdout.flush()
