"""The rules of `rules.txt`: what differs by nature is replaced by a token, on both sides, and every hit is counted."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("rules.txt")
OPTION = re.compile(r"^((?:\* )?--[a-z0-9.-]+(?: [<\[][A-Z][A-Za-z]*)?)", re.M)
# In the help of argparse4j: an option with its value, or a command.
ENTRY = re.compile(r"^ {2,4}(-.*?|[A-Za-z-]+)(?: {2,}|$)", re.M)


@dataclass
class Rule:
    name: str
    find: re.Pattern
    put: bytes
    why: str
    instead: str = ""  # of a rule that reduces a block: what the two sides may differ in
    absent: bool = False  # kavka has nothing in its place

    def apply(self, text):
        return self.find.subn(self.put, text)


def _read():
    rules = []
    for block in re.split(r"\n{2,}", FILE.read_text()):
        fields = dict(re.match(r"(\S+) +(.*)", line).groups() for line in block.strip().split("\n") if not line.startswith("#"))
        if fields:
            put = re.sub(r"\$(\d)", r"\\g<\1>", fields["put"])
            rules.append(Rule(fields["rule"], re.compile(fields["find"].encode(), re.M), put.encode(), fields["why"],
                              fields.get("instead", ""), "absent" in fields))
    return rules


RULES = _read()
INSTEAD = {rule.name: rule for rule in RULES if rule.instead}
ABSENT = {rule.name: rule.put.replace(b"\\n", b"\n") for rule in RULES if rule.absent}


def normal(text, server):
    """The text with its tokens in place, and how often each rule hit."""
    hits = Counter()
    for rule in RULES:
        text, count = rule.apply(text)
        if count:
            hits[rule.name] += count
    if server and server.encode() in text:
        hits["server"] += text.count(server.encode())
        text = text.replace(server.encode(), b"SERVER")
    return text, hits


def options(text):
    """What a usage table lists, for the comparison that the rule `usage` leaves out: each option with its type."""
    text = text.decode(errors="replace")
    _, heading, table = text.partition("Option ")
    _, entries, help = text.partition("\noptional arguments:\n")
    return OPTION.findall(table) if heading else ENTRY.findall(help) if entries else []
