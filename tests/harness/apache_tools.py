"""Apache Kafka's command-line tools in one warm JVM (`ApacheTools.java`).

Arguments, standard streams and exit codes are those of the shell scripts; the start of a JVM is saved.
"""

import base64
import itertools
import json
import subprocess
import threading
from pathlib import Path

from harness import java, packages, processes

PATIENCE = 60


class ApacheTools:
    """The warm JVM; what its tools call by a relative name is in `folder`."""

    def __init__(self, folder=None, version=None):
        jars, classes = packages.apache_kafka(version), packages.java_classes(Path(__file__).with_name("ApacheTools.java"))
        tools = [*jars.glob("kafka-tools-[0-9]*.jar"), *jars.glob("kafka_2*.jar")]
        self.child = processes.start(
            ["java", "-Xmx384m", "-XX:TieredStopAtLevel=1", *java.logging(version), "-cp", f"{classes}:{jars}/*", "ApacheTools", *tools],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.numbers, self.runs, self.told = itertools.count(1), {}, threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, main, *arguments, stdin=None):
        run = Run(self, next(self.numbers))
        self.runs[run.number] = run
        self.order(run=run.number, main=main, args=arguments, stdin=base64.b64encode(stdin or b"").decode())
        return run

    def order(self, **order):
        self.child.stdin.write(json.dumps(order).encode() + b"\n")
        self.child.stdin.flush()

    def _listen(self):
        for line in self.child.stdout:
            answer = json.loads(line)
            with self.told:
                self.runs[answer["run"]].answers.append(answer)
                self.told.notify_all()

    def close(self):
        processes.end(self.child)


class Run:
    """One invocation of a tool in the warm JVM."""

    def __init__(self, tools, number):
        self.tools, self.number, self.answers = tools, number, []

    def wait(self):
        """(exit code, stdout, stderr) when it has ended."""
        exit_code, out, err = self.outcome()
        return exit_code, out.decode(), err.decode()

    def outcome(self):
        """The same with streams as bytes."""
        ended = self._await(lambda: next((answer for answer in self.answers if "exit" in answer), None))
        return ended["exit"], base64.b64decode(ended["stdout"]), base64.b64decode(ended["stderr"])

    def so_far(self):
        heard = len(self.answers)
        self.tools.order(peek=self.number)
        return base64.b64decode(self._await(lambda: len(self.answers) > heard and self.answers[-1])["stdout"]).decode()

    def interrupt(self):
        self.tools.order(interrupt=self.number)

    def _await(self, answer):
        with self.tools.told:
            found = self.tools.told.wait_for(answer, PATIENCE)
        if not found:
            raise TimeoutError(f"a Java tool did not answer within {PATIENCE} s")
        return found
