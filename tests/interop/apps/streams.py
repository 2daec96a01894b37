"""Kafka Streams: the word count of its examples, at least once (Streams' default) and exactly once.

The second is killed while it counts, and so is the broker. Its counts must then be right all the same, and no count of a
word may have been told twice or taken back in what a read_committed consumer sees.
"""

import shutil
from collections import Counter

from clients.client import Record
from application import PATIENCE, Application, eventually, step, want
from program import Unexpected, java_program, versions
from harness import packages
from harness.processes import until

IN, OUT = "streams-plaintext-input", "streams-wordcount-output"
WORD_COUNT = "org.apache.kafka.streams.examples.wordcount.WordCountDemo"

FIRST = ["all streams lead to kafka", "hello kafka streams", "join kafka summit"]
SECOND = ["Hello again and again", "kafka KAFKA Kafka", ""]
SIMILAR = [f"line{number % 41} in kafka" for number in range(20_000)]
MANY = [f"word{number % 977} of line{number % 41} in kafka" for number in range(20_000)]


class WordCount(Application):
    name = "word-count"
    SETTINGS = {}

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
                    "session.timeout.ms": 6000, **self.SETTINGS}
        self.demo = self.run(java_program(packages.java_application("streams"), WORD_COUNT, self.properties("demo", settings)))

    def _say(self, lines):
        self._tell(lines)
        self._await_counts()

    def _tell(self, lines):
        self.said += lines
        self.witness.produce(IN, [Record(line.encode()) for line in lines], idempotent=True)

    def _await_counts(self):
        """The demo counts words in lower case; a line without a word has one empty word."""
        words = (word for line in self.said for word in line.lower().split(" "))
        eventually(self._counted, dict(Counter(words)), "counts")
        # What is not yet committed may be counted twice after a fault (at least once).
        eventually(lambda: self.witness.committed("streams-wordcount", IN), {0: len(self.said)}, "committed offsets")

    def _counted(self):
        return dict(self._told())

    def _told(self):
        """Every count that was told, as (word, count), in order."""
        if not self.demo.runs:
            raise Unexpected(f"the demo ended; {self.demo.last_words()}")
        return [(record.key.decode(), int.from_bytes(record.value, "big")) for record in self.witness.read(OUT)]


class WordCountOnce(WordCount):
    name = "word-count-exactly-once"
    SETTINGS = {"processing.guarantee": "exactly_once_v2"}

    @step("the broker killed while it counts")
    def broker_killed(self):
        self._while_it_counts(lambda: self.restart_broker(kill=True))
        self._await_counts()

    @step("killed itself while it counts, and started again")
    def killed(self):
        self._while_it_counts(lambda: want(self.demo.kill(), -9, "exit code when killed"))
        self._start()
        self._await_counts()

    @step("and both, three times more", only_in_full=True)
    def killed_again(self):
        for _ in range(3):
            self.broker_killed()
            self.killed()

    @step("and no count was told twice, or taken back")
    def once(self):
        last, wrong = {}, []
        for word, count in self._told():
            if count <= last.get(word, 0):
                wrong.append((word, last[word], count))
            last[word] = count
        want(wrong, [], "counts that are not more than the one before")

    def _while_it_counts(self, event):
        """An event between the first commit of many lines and the last."""
        before = self._position()
        self._tell(SIMILAR)
        until(lambda: self._position() > before, PATIENCE, "a commit while it counts", pause=0.01)
        event()

    def _position(self):
        return self.witness.committed("streams-wordcount", IN)[0]
