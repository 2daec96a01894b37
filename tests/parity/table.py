"""The table of calls: `tests/cli/apache/*.txt`, which are also the goldens of `cargo test` (`tests/cli/apache.rs` reads the same).

    # text                      a remark, kept
    % STEP                      a set-up step (`steps.py` lists them)
    $ TOOL ARGUMENT…            a call of one of Apache's tools; `$~ ` when the order of its lines is a hash table's
    0> text                     a line of standard input, or of the file that a step writes
    1> text, 2> text, exit N    what the call printed, and how it ended

Words are split as in a shell: '…' and "…" hold blanks, $'…' holds \\t \\n \\r \\\\ \\' and \\xHH; there is nothing else. In place of
`>`, `$` marks bytes written with those escapes and without a newline of their own: `0$ `, `1$ `, `2$ `.
SERVER is the address of the broker, CONTROLLER that of its controller. A file in which it occurs gets a new broker for each side.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "cli" / "apache"
HEADER = "# Recorded from Apache Kafka 4.2.1, its tools on its broker, by tests/parity/run --record, which writes the lines 1, 2 and exit."
WORD = re.compile(r"""(?:\$'(?:\\.|[^'\\])*'|'[^']*'|"[^"]*"|[^ '"])+""")
PART = re.compile(r"""\$'((?:\\.|[^'\\])*)'|'([^']*)'|"([^"]*)"|([^ '"])""")
ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)")
ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"\\": b"\\", b"'": b"'"}


@dataclass
class Outcome:
    """What a call printed, and its exit code."""
    stdout: bytes = b""
    stderr: bytes = b""
    exit: int | None = None


@dataclass
class Step:
    """A call, or a step of the set-up."""
    mark: str  # "$", "$~" or "%"
    line: str
    remarks: list = field(default_factory=list)
    given: list = field(default_factory=list)  # the lines of standard input as they are written
    recorded: Outcome = field(default_factory=Outcome)

    @property
    def is_call(self):
        return self.mark != "%"

    @property
    def unordered(self):
        return self.mark == "$~"

    @property
    def stdin(self):
        return b"".join(_content(line) for line in self.given)


class Table:
    """One file of calls."""

    def __init__(self, path):
        self.path, self.name = path, path.name
        self.remarks, self.steps = [], []
        self._read(path.read_text().split("\n"))

    def _read(self, lines):
        remarks = []
        for number, line in enumerate(lines, 1):
            try:
                remarks = self._take(line, remarks)
            except (IndexError, ValueError, KeyError):
                raise ValueError(f"{self.name}:{number}: not a line of this format: {line!r}") from None

    def _take(self, line, remarks):
        mark, _, text = line.partition(" ")
        if line.startswith("#"):
            if self.steps or line != HEADER:
                remarks.append(line)
        elif not line:
            if not self.steps and remarks:
                self.remarks, remarks = self.remarks + remarks, []
        elif mark in ("$", "$~", "%"):
            self.steps.append(Step(mark, text, remarks))
            remarks = []
        elif mark in ("0>", "0$"):
            self.steps[-1].given.append(line)
        elif mark in ("1>", "1$"):
            self.steps[-1].recorded.stdout += _content(line)
        elif mark in ("2>", "2$"):
            self.steps[-1].recorded.stderr += _content(line)
        elif mark == "exit":
            self.steps[-1].recorded.exit = int(text)
        else:
            raise ValueError(line)
        return remarks

    @property
    def calls(self):
        return [step for step in self.steps if step.is_call]

    @property
    def needs_broker(self):
        return any("SERVER" in step.line for step in self.steps)

    def says(self, what):
        """The words of the first set-up step that begins with this one, or None."""
        return next((words(step.line)[1:] for step in self.steps if not step.is_call and step.line.split(" ")[0] == what), None)

    def write(self):
        blocks = ["\n".join([HEADER, *self.remarks]), *(_block(step) for step in self.steps)]
        self.path.write_text("\n\n".join(blocks) + "\n")


def tables(chosen=()):
    """The tables whose file name is given; all without one."""
    paths = sorted(FOLDER.glob("*.txt"))
    unknown = [name for name in chosen if name not in {path.name for path in paths}]
    if unknown:
        raise SystemExit(f"no such table: {', '.join(unknown)} (there are: {', '.join(path.name for path in paths)})")
    return [Table(path) for path in paths if not chosen or path.name in chosen]


def words(line):
    """The words of a call, as strings; bytes that are no UTF-8 as the operating system's functions take them."""
    if WORD.sub("", line).strip(" "):
        raise ValueError(f"a quote is not closed: {line}")
    return [os.fsdecode(b"".join(_part(part) for part in PART.finditer(word))) for word in WORD.findall(line)]


def _part(part):
    escaped, *plain = part.groups()
    return unescaped(escaped.encode()) if escaped is not None else "".join(text or "" for text in plain).encode()


def unescaped(text):
    return ESCAPE.sub(lambda found: bytes([int(found[1][1:], 16)]) if len(found[1]) > 1 else ESCAPES[found[1]], text)


def _content(line):
    text = line[3:].encode()
    return unescaped(text) if line[1] == "$" else text + b"\n"


def _block(step):
    lines = [*step.remarks, f"{step.mark} {step.line}", *step.given]
    if step.is_call:
        lines += [*written("1", step.recorded.stdout), *written("2", step.recorded.stderr), f"exit {step.recorded.exit}"]
    return "\n".join(lines)


def written(stream, content):
    """Printed bytes as lines of this format."""
    return [_written_line(stream, line) for line in re.findall(rb"[^\n]*\n|[^\n]+\Z", content)]


def _written_line(stream, line):
    plain = line[:-1]
    if line.endswith(b"\n") and _is_text(plain):
        return f"{stream}> {plain.decode()}"
    return f"{stream}$ " + "".join(_escaped(character) for character in line.decode(errors="surrogateescape"))


def _is_text(line):
    try:
        return all(character >= " " and character != "\x7f" or character == "\t" for character in line.decode())
    except UnicodeDecodeError:
        return False


def _escaped(character):
    named = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\"}.get(character)
    if named:
        return named
    if character.isprintable() and not "\udc80" <= character <= "\udcff":
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode(errors="surrogateescape"))
