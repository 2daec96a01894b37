"""A Spring Boot application as in the classic tutorial (`packages/spring`), two instances of it in two groups; and, exactly
once, two instances in one group, whose listener consumes, transforms and produces in Spring's Kafka transactions."""

import re
import zipfile

from application import PATIENCE, Application, eventually, step, want
from program import jar
from transform import GROUP, IN, Transformers
from harness import packages
from harness.processes import until

HELLO = "say hello~!!!!"


class Spring(Application):
    name = "spring-boot"

    @staticmethod
    def version():
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


class SpringOnce(Transformers):
    name = "transform-spring"
    version = staticmethod(Spring.version)

    def member(self, seat):
        return jar(packages.spring_application(), "--spring.profiles.active=exactly-once",
                   f"--spring.kafka.bootstrap-servers={self.broker.address}", f"--spring.kafka.consumer.group-id={GROUP}",
                   f"--spring.kafka.producer.transaction-id-prefix=transformer-{seat}-")

    def end(self, member):
        want(member.stop(), 143, f"exit code of a member ({member.last_words()})")

    def _await_more(self, members):
        """It tells what it transforms, not what was committed of it; that the group does."""
        super()._await_more(members)
        before = self._position()
        until(lambda: self._position() > before, PATIENCE, "more is committed", pause=0.2)

    @staticmethod
    def committed(member):
        return sum(int(line.removeprefix("transforms ")) for line in list(member.lines) if line.startswith("transforms "))

    def _position(self):
        return sum(self.witness.committed(GROUP, IN).values())
