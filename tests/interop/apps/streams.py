"""Kafka Streams: the word count of its examples, and the smoke test of its own system tests.

Both run with at_least_once, their default; exactly once needs transactions, which the broker has not yet.
"""

import shutil
from collections import Counter

from clients.client import Record
from application import PATIENCE, Application, eventually, step, want
from program import Unexpected, java_program, versions
from harness import packages

IN, OUT = "streams-plaintext-input", "streams-wordcount-output"
WORD_COUNT = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"
SMOKE_TEST = "org.apache.kafka.streams.tests.StreamsSmokeTest"
SMOKE_TOPICS = ["echo", "data", "min", "min-suppressed", "min-raw", "max", "sum", "sws-raw", "sws-suppressed", "dif", "cnt", "avg", "wcnt",
                "tagg"]

FIRST = ["all streams lead to kafka", "hello kafka streams", "join kafka summit"]
SECOND = ["Hello again and again", "kafka KAFKA Kafka", ""]
MANY = [f"word{number % 977} of line{number % 41} in kafka" for number in range(20_000)]


class WordCount(Application):
    name = "word-count"

    def __init__(self, broker, folder):
        super().__init__(broker, folder)
        self.said, self.state = [], folder / "state"

    @classmethod
    def version(cls):
        return versions(packages.java_application("streams"), "kafka-streams", "kafka-streams-examples")

    @step("counts")
    def counts(self):
        self.witness.create_topic(IN)
        self.witness.create_topic(OUT, 1, {"cleanup.policy": "compact"})
        self._start()
        self._say(FIRST)

    @step("counts on after an orderly restart of the broker")
    def after_stop(self):
        self.restart_broker()
        self._say(SECOND)

    @step("counts on after kill -9 of the broker")
    def after_kill(self):
        self.restart_broker(kill=True)
        self._say(SECOND)

    @step("20,000 lines")
    def many(self):
        self._say(MANY)

    @step("counts on when it was started again")
    def again(self):
        want(self.demo.stop(), 143, "exit code when stopped")
        self._start()
        self._say(FIRST)

    @step("and when its state was lost")
    def from_changelog(self):
        want(self.demo.stop(), 143, "exit code when stopped")
        shutil.rmtree(self.state)
        self._start()
        self._say(SECOND)

    def _start(self):
        # Streams does not leave its group when it stops: the next one waits until the session is over.
        settings = {"bootstrap.servers": self.broker.address, "state.dir": self.state, "commit.interval.ms": 200,
                    "session.timeout.ms": 6000}
        self.demo = self.run(java_program(packages.java_application("streams"), WORD_COUNT, self.properties("demo", settings)))

    def _say(self, lines):
        """The demo counts words in lower case; a line without a word has one empty word."""
        self.said += lines
        self.witness.produce(IN, [Record(line.encode()) for line in lines])
        words = (word for line in self.said for word in line.lower().split(" "))
        eventually(self._counted, dict(Counter(words)), "counts")
        # What is not yet committed may be counted twice after a fault (at least once).
        eventually(lambda: self.witness.committed("streams-wordcount", IN), {0: len(self.said)}, "committed offsets")

    def _counted(self):
        if not self.demo.runs:
            raise Unexpected(f"the demo ended; {self.demo.last_words()}")
        return {record.key.decode(): int.from_bytes(record.value, "big") for record in self.witness.read(OUT)}


class SmokeTest(Application):
    name = "smoke-test"
    LONG = 420

    @classmethod
    def version(cls):
        return versions(packages.java_application("streams"), "kafka-streams")

    @step("verified by its driver, through a restart and kill -9 of the broker")
    def smoke_test(self):
        for topic in SMOKE_TOPICS:
            self.witness.create_topic(topic, 5)
        settings = {"bootstrap.servers": self.broker.address, "processing.guarantee": "at_least_once", "state.dir": self.folder / "state"}
        properties = self.properties("smoke", settings)
        jars = packages.java_application("streams")
        client = self.run(java_program(jars, SMOKE_TEST, properties, "process", heap="384m"))
        client.await_line("SMOKE-TEST-CLIENT-STARTED", PATIENCE)
        driver = self.run(java_program(jars, SMOKE_TEST, properties, "run", heap="384m"))
        driver.await_line(r"^\S+ 500 records produced", PATIENCE)
        self.restart_broker()
        driver.await_line(r"^\S+ 1500 records produced", PATIENCE)
        self.restart_broker(kill=True)
        want(driver.finish(self.LONG), 0, f"the driver's exit code ({driver.last_words()})")
        want(driver.lines[-1], "SUCCESS", "the driver's last line")
        client.stop()
        want([line for line in client.lines if "SMOKE-TEST-CLIENT-EXCEPTION" in line], [], "exceptions of the client")
        want([line for line in client.lines if "SMOKE-TEST-CLIENT-CLOSED" in line] != [], True, "the client has closed")
