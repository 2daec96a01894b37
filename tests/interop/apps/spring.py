"""A Spring Boot application as in the classic tutorial (`packages/spring`), two instances of it in two groups."""

import re
import zipfile

from application import PATIENCE, Application, eventually, step, want
from program import jar
from harness import packages

HELLO = "say hello~!!!!"


class Spring(Application):
    name = "spring-boot"

    @classmethod
    def version(cls):
        with zipfile.ZipFile(packages.spring_application()) as opened:
            names = " ".join(opened.namelist())
        parts = "spring-boot", "spring-kafka", "kafka-clients"
        return ", ".join(f"{part} {re.search(rf'/{part}-([0-9.]+)[.]jar', names)[1]}" for part in parts)

    @step("two groups print what one instance sends")
    def hello(self):
        self.one, self.two = self._start("group_1"), self._start("group_2")
        self.one.write_line(HELLO)
        self.one.await_line("^sent ", PATIENCE)
        self._await_prints(self.one, [HELLO])
        self._await_prints(self.two, [HELLO])

    @step("one is stopped; what was sent meanwhile it prints when it is started again")
    def missed(self):
        want(self.one.stop(), 143, "exit code when stopped")
        self.two.write_line("while one was away")
        self._await_prints(self.two, [HELLO, "while one was away"])
        self.one = self._start("group_1")
        self._await_prints(self.one, ["while one was away"])

    @step("both go on after an orderly restart of the broker")
    def after_stop(self):
        self._await_commits(2)
        self.restart_broker()
        self.one.write_line("again")
        self._await_prints(self.one, ["while one was away", "again"])
        self._await_prints(self.two, [HELLO, "while one was away", "again"])

    @step("and after kill -9 of the broker")
    def after_kill(self):
        self._await_commits(3)
        self.restart_broker(kill=True)
        self.two.write_line("and again")
        self._await_prints(self.two, [HELLO, "while one was away", "again", "and again"])
        self._await_prints(self.one, ["while one was away", "again", "and again"])

    @step("both stop, and have committed all")
    def stop(self):
        for program, group in ((self.one, "group_1"), (self.two, "group_2")):
            want(program.stop(), 143, "exit code when stopped")
            want(self.witness.committed(group, "topic"), {0: 4}, f"committed offsets of {group}")

    def _start(self, group):
        program = self.run(jar(packages.spring_application(), f"--spring.kafka.bootstrap-servers={self.broker.address}",
                               f"--spring.kafka.consumer.group-id={group}"))
        program.await_line("^up$", PATIENCE)
        return program

    def _await_commits(self, count):
        """What is not yet committed may come twice after a fault (at least once)."""
        for group in ("group_1", "group_2"):
            eventually(lambda: self.witness.committed(group, "topic"), {0: count}, f"committed offsets of {group}")

    @staticmethod
    def _await_prints(program, texts):
        def printed():
            return [line.removeprefix("received ") for line in list(program.lines) if line.startswith("received ")]
        program.await_that(lambda: len(printed()) >= len(texts), PATIENCE, f"{texts} received")
        want(printed(), texts, "received")
