#!/usr/bin/env python3
"""Tab in bash, zsh and fish, each on a terminal of its own, with names of a live broker; and every manual page, rendered.

    tests/interop/shells.py [bash | zsh | fish | man]…

The shells are Debian's packages, and are sent what a person types. The scripts are those of `completions/`, installed where
each shell looks for them by itself.
"""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import brokers, packages, processes  # noqa: E402
from harness.report import Report  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent
TOPICS = ["orders", "orders-eu", "payments"]
PATIENCE = 20  # seconds, of a busy machine
TAB, CTRL_U = b"\t", b"\x15"
PROMPT = "ready> "
DRAWING = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\(B)")  # colours and movements


def main():
    report, wanted = Report(), sys.argv[1:] or [*SHELLS, "man"]
    with tempfile.TemporaryDirectory(prefix="interop-shells-") as folder:
        broker = brokers.Kavka(folder).start()
        try:
            for topic in TOPICS:
                processes.run([packages.kavka(), "topics", "--create", "--topic", topic, "--bootstrap-server", broker.address])
            for shell in wanted:
                if shell == "man":
                    step(report, "man", "every page is rendered without a warning", pages)
                else:
                    tab(report, shell, Path(folder) / shell, broker.address)
        finally:
            broker.close()
    return report.close()


def step(report, column, row, action):
    try:
        report.passed(column, row, brokers.seconds(action)[0])
    except AssertionError as fault:
        report.failed(column, row, fault)


def tab(report, shell, home, address):
    """What Tab shows, and what it completes."""
    home.mkdir()
    terminal = Terminal(shell, home, SHELLS[shell](home))
    try:
        to = f"--bootstrap-server {address}"
        asked = [
            ("commands", "kavka pro", ["produce"]),
            ("options", "kavka topics --desc", ["--describe"]),
            ("topics of the cluster", f"kavka topics {to} --describe --topic pay", ["payments"]),
            ("topics under Apache's name", f"kafka-topics.sh {to} --describe --topic pay", ["payments"]),
            ("all that fit", f"kavka consume {to} --topic orders", ["orders-eu"]),
            ("configurations of the cluster", f"kavka configs {to} --alter --topic orders --add-config retention.m", ["retention.ms="]),
        ]
        for what, line, expected in asked:
            step(report, shell, what, lambda line=line, expected=expected: terminal.offers(line, expected))
    finally:
        terminal.close()


def bash(home):
    scripts = home / ".local/share/bash-completion/completions"
    scripts.mkdir(parents=True)
    shutil.copy(TOP / "completions/kavka.bash", scripts / "kavka")
    (home / ".bashrc").write_text(f"PS1='{PROMPT}'; bind 'set bell-style none'; source {scripts}/kavka\n")
    return ["bash", "-i"]


def zsh(home):
    (home / "functions").mkdir()
    shutil.copy(TOP / "completions/_kavka", home / "functions/_kavka")
    (home / ".zshrc").write_text(f"PS1='{PROMPT}'; fpath=({home}/functions $fpath); autoload -Uz compinit; compinit -u\n")
    return ["zsh", "-i"]


def fish(home):
    scripts = home / ".config/fish/completions"
    scripts.mkdir(parents=True)
    shutil.copy(TOP / "completions/kavka.fish", scripts / "kavka.fish")
    # For Apache's names, whose completions are in the same file.
    shutil.copy(TOP / "completions/kavka.fish", scripts / "kafka-topics.sh.fish")
    (home / ".config/fish/config.fish").write_text(f"function fish_prompt; echo -n '{PROMPT}'; end; set -g fish_greeting\n")
    return ["fish", "-i"]


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}


class Terminal:
    """A shell on a terminal of 200 columns."""

    def __init__(self, shell, home, argv):
        program = shutil.which(argv[0])
        if not program:
            raise packages.Missing(f"{shell} (Debian: {shell})")
        mine, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        path = f"{Path(packages.kavka()).parent}:{os.environ['PATH']}"
        environment = processes.environment(HOME=str(home), PATH=path, TERM="xterm", XDG_CONFIG_HOME="", XDG_DATA_HOME="")
        # With a controlling terminal of its own, as a shell expects.
        self.child = processes.start(["setsid", "--ctty", program, *argv[1:]], stdin=its, stdout=its, stderr=its, env=environment, cwd=home)
        os.close(its)
        self.mine, self.seen = mine, ""
        self.until(lambda text: PROMPT in text, "its prompt")

    def offers(self, line, expected):
        """Types the line and Tab until all that is expected stands behind it; the line is taken away again."""
        self.seen = ""
        os.write(self.mine, line.encode())
        typed = re.split(r"[ ,]", line)[-1]
        self.until(lambda text: typed in text, "the line")
        self.seen = ""
        os.write(self.mine, TAB)

        def are_there(text):
            return all(word in text or text.startswith(word.removeprefix(typed)) for word in expected)

        self.until(are_there, " ".join(expected), again=TAB)
        os.write(self.mine, CTRL_U)

    def until(self, condition, what, again=None):
        limit, next_try = time.monotonic() + PATIENCE, time.monotonic() + 1
        while not condition(self.seen):
            if time.monotonic() > limit:
                raise AssertionError(f"{what} was not shown, but {self.seen[-400:]!r}")
            if again and time.monotonic() > next_try:
                os.write(self.mine, again)
                next_try = time.monotonic() + 1
            if select.select([self.mine], [], [], 0.1)[0]:
                self.seen += DRAWING.sub("", os.read(self.mine, 65536).decode(errors="replace"))

    def close(self):
        processes.end(self.child)
        os.close(self.mine)


def pages():
    faults = []
    for page in sorted((TOP / "man").glob("*.1")):
        shown = processes.run(["man", "--warnings", "-l", str(page)], env=processes.environment(MANWIDTH="100", LC_ALL="C.UTF-8"))
        if shown.returncode or shown.stderr or b"SYNOPSIS" not in shown.stdout:
            faults.append(f"{page.name}: {shown.stderr.decode().strip() or 'nothing was shown'}")
    if faults:
        raise AssertionError("; ".join(faults))


if __name__ == "__main__":
    sys.exit(main())
