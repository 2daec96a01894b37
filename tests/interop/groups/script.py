"""The scripts of `tests/machines/scripts`, as far as a client sees them: commands, and the answers that they lead to.

Records and timers are the machine's own affair and are passed over. What no client can do, or what would take too long on a
real clock, is not replayed, and the reason is told.
"""

import re
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "machines/scripts"
# The longest virtual time that is waited for.
LONGEST = 120
UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1, "ms": 0.001}
NOT_FOR_CLIENTS = {
    "watch": "what a transaction's producer does; tests/interop/transactions has real ones",
    "txn-commit": "what a transaction's producer does; tests/interop/transactions has real ones",
    "end": "what a transaction's producer does; tests/interop/transactions has real ones",
    "drop-topic": "a topic that is gone and of whose end the coordinator is not told",
    "tell-deleted": "a topic that is gone and of whose end the coordinator is not told",
}


class Script:
    def __init__(self, path):
        self.name = path.stem
        self.commands = []
        self.expected = {}  # ticket → (virtual seconds, text)
        self.fired = []  # when a timer did something, in virtual seconds
        for line in _lines(path):
            if isinstance(line, Command):
                self.commands.append(line)
            elif isinstance(line, float):
                self.fired.append(line)
            else:
                ticket, when, text = line
                self.expected[ticket] = (when, text)

    @property
    def settings(self):
        """What it sets for the whole broker: name → value."""
        return {name: value for command in self.commands if command.verb == "set" for name, value in command.named.items()}

    @property
    def needs_true_times(self):
        """Limits of sessions are tried, or regular expressions are resolved, which a broker does every ten seconds at most, or a
        retention is waited for, which has whole minutes."""
        return ("retention" in self.settings
                or any(text == "INVALID_SESSION_TIMEOUT" for _, text in self.expected.values())
                or any(command.get("regex") and self.seconds for command in self.commands))

    @property
    def needs_its_own_broker(self):
        return self.needs_true_times or bool(self.settings) or any(command.verb == "restart" for command in self.commands)

    @property
    def seconds(self):
        """How much virtual time passes."""
        return sum(seconds(command.plain[0]) for command in self.commands if command.verb in ("advance", "live"))

    def why_not(self):
        """The reason why it is not replayed, if there is one."""
        for command in self.commands:
            if command.verb in NOT_FOR_CLIENTS:
                return f"`{command.verb}`: {NOT_FOR_CLIENTS[command.verb]}"
        return f"{self.seconds:,.0f} s pass in it" if self.seconds > LONGEST else None


class Command:
    """`verb name=value word …`"""

    def __init__(self, line):
        self.verb, *words = line.split()
        self.named = dict(word.split("=", 1) for word in words if "=" in word)
        self.plain = [word for word in words if "=" not in word]

    def get(self, name, otherwise=None):
        return self.named.get(name, otherwise)

    def but(self, verb=None, without=(), **named):
        """The same with other words."""
        changed = Command(verb or self.verb)
        changed.named = {**{name: value for name, value in self.named.items() if name not in without}, **named}
        changed.plain = self.plain
        return changed


def seconds(text):
    """`1m30s`"""
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[dhms])", text))


def scripts(wanted=()):
    found = [Script(path) for path in sorted(SCRIPTS.glob("*.txt"))]
    return [script for script in found if not wanted or any(part in script.name for part in wanted)]


def _lines(path):
    expects = False
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            expects = False
        elif line == "----":
            expects = True
        elif not expects:
            yield Command(line)
        elif told := re.fullmatch(r"(\S+) +reply +#(\d+) (.*)", line):
            yield int(told[2]), seconds(told[1]), told[3]
        elif told := re.fullmatch(r"(\S+) +fired .*", line):
            yield float(seconds(told[1]))
