"""A Java program as a process of its own, whose lines are read as they come."""

import re
import signal
import subprocess
import threading

from harness import java, packages, processes


class Unexpected(Exception):
    """An application, or the broker with it, did something else than it does with Kafka."""


class Program:
    """A running application. `lines` is its standard output so far, `complaints` its standard error."""

    def __init__(self, name, argv, **options):
        self.name, self.lines, self.complaints = name, [], []
        self.told = threading.Condition()
        self.child = processes.start(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.readers = [threading.Thread(target=self._read, args=where, daemon=True)
                        for where in ((self.child.stdout, self.lines), (self.child.stderr, self.complaints))]
        for reader in self.readers:
            reader.start()

    def _read(self, stream, lines):
        for line in stream:
            with self.told:
                lines.append(line.decode(errors="replace").rstrip("\n"))
                self.told.notify_all()
        with self.told:
            self.told.notify_all()

    @property
    def runs(self):
        return self.child.poll() is None

    def await_line(self, pattern, timeout, after=0):
        """The first match of a pattern in the lines after a count of them."""
        return self.await_that(lambda: _first(pattern, self.lines[after:]), timeout, f"a line like {pattern!r}")

    def await_that(self, condition, timeout, what):
        """Waits until what it printed so far makes a condition true."""
        with self.told:
            self.told.wait_for(lambda: condition() or not self._more_may_come(), timeout)
        if not self._more_may_come():
            self._reap()
        found = condition()
        if not found:
            fate = "is up" if self.runs else f"ended with code {self.child.returncode}"
            raise Unexpected(f"{self.name} {fate} and printed no more: {what} not within {timeout} s; {self.last_words()}")
        return found

    def _reap(self):
        """A program that has closed its output is about to end."""
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            pass

    def _more_may_come(self):
        return any(reader.is_alive() for reader in self.readers)

    def write_line(self, text):
        self.child.stdin.write(f"{text}\n".encode())
        self.child.stdin.flush()

    def finish(self, timeout):
        """Waits until it has ended by itself; returns its exit code."""
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Unexpected(f"{self.name} still runs after {timeout} s; {self.last_words()}") from None
        return self._all_read()

    def stop(self):
        """SIGTERM; returns the exit code."""
        processes.end(self.child)
        return self._all_read()

    def kill(self):
        processes.end(self.child, signal.SIGKILL)
        return self._all_read()

    def _all_read(self):
        processes.end(self.child)
        for reader in self.readers:
            reader.join(10)
        return self.child.returncode

    def last_words(self):
        return " | ".join(["stdout:", *self.lines[-6:], "stderr:", *self.complaints[-6:]])[-1500:]


def _first(pattern, lines):
    return next(filter(None, (re.search(pattern, line) for line in lines)), None)


def java_program(jars, main, *arguments, heap="256m"):
    """A main class from a folder of jars."""
    return Program(main.rsplit(".", 1)[-1], [*_jvm(heap), "-cp", f"{jars}/*", main, *map(str, arguments)])


def kafka_tool(script, *arguments, version=None, heap="256m"):
    """One of the programs of Apache Kafka's distribution, by the name of its script or by its class."""
    main = java.main_class(script, version) if script.startswith("kafka-") else script
    return Program(script.rsplit(".", 1)[-1], java.command(main, *arguments, version=version, heap=heap))


def jar(path, *arguments, heap="256m"):
    return Program(path.stem, [*_jvm(heap), "-jar", path, *arguments])


def _jvm(heap):
    return ["java", f"-Xmx{heap}", "-XX:TieredStopAtLevel=1", *java.logging()]


def versions(jars, *artifacts):
    """The versions of artifacts, from the names of their jars."""
    found = []
    for artifact in artifacts:
        names = [re.fullmatch(rf"{re.escape(artifact)}-(\d[\d.]*)\.jar", path.name) for path in jars.iterdir()]
        found += [f"{artifact} {name[1]}" for name in names if name]
    if len(found) != len(artifacts):
        raise packages.Missing(f"among the jars is not each of {', '.join(artifacts)}")
    return ", ".join(found)
