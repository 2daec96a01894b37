"""One side of a table: a broker, whose tools call it, and the calls played one after another.

Set-up steps (`% …`), which must succeed:

    kavka …                                       a command of kavka under its own name; `0> ` lines are its standard input
    file NAME                                     a file in the working directory, of the `0> ` lines
    member NAME group=G topics=A,B [protocol=consumer] [instance=I] [assignor=range]   a live consumer; waits until the group is stable
        until=rebalancing                         waits for that instead
    stall NAME                                    the consumer asks for nothing any more, and so hears of no rebalance
    leave NAME                                    ends one
    transaction topic=T id=I end=commit|abort|open   the `0> ` lines as records of a transaction
    hanging topic=T partition=P producer=ID at=MILLISECONDS [epoch=E]   the `0> ` lines in a transaction that no coordinator knows
    delete-records topic=T partition=P before=OFFSET
    jvm own                                       of the whole file: each of Apache's calls in a JVM of its own
    needs transactions|client-quotas|…            of the whole file: what a broker must have (`trial.NEEDS`)
"""

import base64
import json
import os
import re
import tempfile
import time
from pathlib import Path
from subprocess import PIPE, TimeoutExpired

import brokers
from harness import java, packages, processes
from harness.apache_tools import ApacheTools
from table import Outcome, words

LIVE = ("member", "stall", "leave", "transaction", "hanging", "delete-records")
CHANGES = re.compile(r"--(create|alter|delete|execute|delete-offsets)\b")
# Apache's broker answers when its controller has decided, a moment before it has taken the change over itself.
SETTLE = 0.25


class SetUpFailed(Exception):
    """A step of the set-up did not succeed."""


class Side:
    """`tool` is "apache" or "kavka", `broker` "kafka" or "kavka". The main thread makes it, any thread may play it."""

    def __init__(self, table, tool, broker, jvm, front=None):
        self.table, self.tool, self.kind, self.jvm = table, tool, broker, jvm
        self.name = f"{tool}'s tools on {broker}'s broker" if table.needs_broker else f"{tool}'s tools"
        self.folder = tempfile.TemporaryDirectory(prefix="parity-")
        self.cwd = jvm.folder if tool == "apache" else Path(self.folder.name)
        self.broker = brokers.KINDS[broker]().begin() if table.needs_broker else None
        self.server = self.broker and self.broker.address
        port = getattr(self.broker, "controller", None)
        self.controller = port and f"127.0.0.1:{port}"
        self.front = front and self.broker and front(self.broker.address)
        if self.front:
            self.server = self.front.address
        self.live, self.seconds, self.outcomes = None, 0.0, []

    def close(self):
        if self.live:
            self.live.close()
        if self.front:
            self.front.close()
        if self.broker:
            self.broker.close()
        self.folder.cleanup()

    def prepare(self):
        """On the main thread, which the processes must not outlive."""
        if self.broker:
            self.broker.await_ready()
        if any(step.line.split(" ")[0] in LIVE for step in self.table.steps if not step.is_call):
            self.live = Live(self.server)

    def play(self):
        """The outcome of every call, in the table's order."""
        begun = time.monotonic()
        for step in self.table.steps:
            if step.is_call:
                self.outcomes.append(self._call(step))
            else:
                self._set_up(step)
        self.seconds = time.monotonic() - begun
        return self

    def _here(self, text):
        if self.controller:
            text = text.replace("CONTROLLER", self.controller)
        return text.replace("SERVER", self.server) if self.server else text

    def _call(self, step):
        name, *arguments = map(self._here, words(step.line))
        stdin = self._stdin(step)
        try:
            outcome = self._apache(name, arguments, stdin) if self.tool == "apache" else self._kavka([name, *arguments], stdin)
        except (TimeoutError, TimeoutExpired) as endless:
            outcome = Outcome(stderr=f"{endless}\n".encode())
        if self.kind == "kafka" and CHANGES.search(step.line):
            time.sleep(SETTLE)
        return self._without_port(outcome)

    def _without_port(self, outcome):
        """The address of the controllers is written as it is in calls."""
        if self.controller:
            for stream in ("stdout", "stderr"):
                setattr(outcome, stream, getattr(outcome, stream).replace(self.controller.encode(), b"CONTROLLER"))
        return outcome

    def _stdin(self, step):
        return step.stdin.replace(b"SERVER", self.server.encode()) if self.server else step.stdin

    def _apache(self, name, arguments, stdin):
        if self.table.says("jvm"):
            done = processes.run(java.command(java.main_class(name), *arguments), stdin=stdin, cwd=self.cwd,
                                 env=processes.environment(TZ="UTC"))
            return Outcome(done.stdout, done.stderr, done.returncode)
        exit_code, out, err = self.jvm.tools.start(java.main_class(name), *arguments, stdin=stdin).outcome()
        return Outcome(out, err, exit_code)

    def _kavka(self, arguments, stdin):
        surroundings = {name: value for name, value in processes.environment(HOME=self.folder.name, TZ="UTC").items()
                        if not name.startswith("XDG_")}
        done = processes.run([packages.kavka(), *arguments], stdin=stdin, cwd=self.cwd, env=surroundings)
        return Outcome(done.stdout, done.stderr, done.returncode)

    def _set_up(self, step):
        what, *arguments = map(self._here, words(step.line))
        if what == "kavka":
            done = self._kavka([*arguments, *(["--bootstrap-server", self.server] if self.server else [])], self._stdin(step))
            if done.exit:
                raise SetUpFailed(f"{self.table.name}: % {step.line}: exit {done.exit}, {(done.stdout + done.stderr).decode()[:500]}")
        elif what == "file":
            (self.cwd / arguments[0]).write_bytes(self._stdin(step))
        elif what in LIVE:
            self._live(what, arguments, step)
        elif what not in ("jvm", "needs"):
            raise SetUpFailed(f"{self.table.name}: no such step: % {step.line}")
        if self.kind == "kafka" and self.broker and what in ("kavka", *LIVE):
            time.sleep(SETTLE)

    def _live(self, what, arguments, step):
        named = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
        named |= {"name": argument for argument in arguments if "=" not in argument}
        if what in ("transaction", "hanging"):
            named["lines"] = [base64.b64encode(line).decode() for line in self._stdin(step).splitlines()]
        try:
            self.live.ask(what.replace("-", "_"), **named)
        except RuntimeError as failed:
            raise SetUpFailed(f"{self.table.name}: % {step.line}: {failed}") from None


class Live:
    """`agent.py` in the suites' virtual environment."""

    def __init__(self, address):
        self.child = processes.start([packages.python(), Path(__file__).with_name("agent.py"), address], stdin=PIPE, stdout=PIPE)

    def ask(self, op, **question):
        self.child.stdin.write(json.dumps({"op": op, **question}).encode() + b"\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline() or b'{"error": "the agent has ended"}')
        if "ok" not in answer:
            raise RuntimeError(str(answer))
        return answer["ok"]

    def close(self):
        processes.end(self.child)


class Jvm:
    """The warm JVM of Apache's tools, in a working directory of its own."""

    def __init__(self):
        os.environ["TZ"] = "UTC"
        self.temporary = tempfile.TemporaryDirectory(prefix="parity-jvm-")
        self.folder = Path(self.temporary.name)
        self.tools = ApacheTools(self.folder)

    def close(self):
        self.tools.close()
        self.temporary.cleanup()
