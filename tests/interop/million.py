#!/usr/bin/env python3
"""A million records of real text through produce → consume → produce → consume, and equal to the byte.

    tests/interop/million.py [--records 1000000] [--broker kavka|kafka|HOST:PORT] [--seed 1]

The records are the sentences and paragraphs of Python's own manual, and the first articles of the declaration of human rights in
fourteen languages, some in encodings that are not UTF-8: keys, values and headers that are text, bytes, empty or null, values
of many lines, headers that repeat their names. They are written as the lines that `consume --output jsonl` prints, sent with
`produce --input jsonl --keep-partitions`, read, sent on to a second topic and read again. Both times every line is compared
with what was written at the beginning: the line of each partition and offset, whole.
"""

import argparse
import base64
import json
import pydoc_data.topics
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import brokers, packages, processes  # noqa: E402
from harness.report import Report  # noqa: E402

PARTITIONS = 3
FIRST_TIME = 1_700_000_000_000
ARTICLES = [
    ("All human beings are born free and equal in dignity and rights.", "ascii"),
    ("Tous les êtres humains naissent libres et égaux en dignité et en droits.", "latin-1"),
    ("Alle Menschen sind frei und gleich an Würde und Rechten geboren.", "latin-1"),
    ("Todos los seres humanos nacen libres e iguales en dignidad y derechos.", "utf-8"),
    ("Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.", "iso8859-2"),
    ("Все люди рождаются свободными и равными в своем достоинстве и правах.", "koi8-r"),
    ("Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.", "iso8859-7"),
    ("يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.", "utf-8"),
    ("כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.", "utf-8"),
    ("सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।", "utf-8"),
    ("すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。", "shift_jis"),
    ("人人生而自由，在尊严和权利上一律平等。", "gb18030"),
    ("모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.", "euc-kr"),
    ("Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.", "utf-16"),
]


def main():
    arguments = parse()
    broker = brokers.named(arguments.broker)
    report = Report()
    trial = Trial(broker, arguments, report)
    try:
        report.version("kavka", processes.run([packages.kavka(), "--version"]).stdout.decode().strip())
        trial.run()
    finally:
        trial.temporary.cleanup()
        broker.close()
    return report.close()


def parse():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip(), description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000, help="how many records (default: a million)")
    parser.add_argument("--broker", default="kavka", help="kavka (default), kafka (Apache Kafka), or a running one's HOST:PORT")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Trial:
    def __init__(self, broker, arguments, report):
        self.broker, self.records, self.report = broker, arguments.records, report
        self.temporary = tempfile.TemporaryDirectory(prefix="million-")
        self.folder = Path(self.temporary.name)
        self.writer = Writer(arguments.seed)
        self.stamp = f"{time.time_ns():x}"[-8:]

    def run(self):
        topics = [f"million-{self.stamp}-{number}" for number in (1, 2)]
        file = self.folder / "million-0.jsonl"
        with open(file, "w", encoding="utf-8", newline="") as lines:
            for number in range(self.records):
                lines.write(self.writer.line(number, topics[0]))
        size = file.stat().st_size
        self.report.note(f"{self.records} records, {size / 1e6:.0f} MB of JSON lines")
        for round_, topic in enumerate(topics, 1):
            # The records are older than what topics keep.
            self.kavka("topics", "--create", "--topic", topic, "--partitions", PARTITIONS, "--config", "retention.ms=-1")
            with open(file, "rb") as lines:
                self.timed(f"produce {round_}", ["produce", "--topic", topic, "--input", "jsonl", "--keep-partitions"], stdin=lines)
            file.unlink()
            file = self.folder / f"million-{round_}.jsonl"
            with open(file, "wb") as lines:
                self.timed(f"consume {round_}", ["consume", "--topic", topic, "--from-beginning", "--until-end", "--output", "jsonl"], stdout=lines)
            self.compare(file, topic, f"equal to the byte, round {round_}")
        file.unlink()

    def timed(self, what, words, stdin=None, stdout=None):
        """Runs a command whose standard streams are files, and notes how long it took."""
        with open(self.folder / "million.stderr", "w+b") as told:
            began = time.monotonic()
            child = processes.start(self.words(words), stdin=stdin or subprocess.DEVNULL, stdout=stdout or subprocess.DEVNULL, stderr=told)
            code = child.wait(timeout=3600)
            seconds = time.monotonic() - began
            told.seek(0)
            text = told.read().decode(errors="replace")
        if code or text:
            raise SystemExit(f"kavka {' '.join(words)}: exit {code}: {text[-2000:]}")
        self.report.note(f"{what}: {seconds:.2f} s, {self.records / seconds:,.0f} lines/s")

    def compare(self, file, topic, row):
        """Each line of the file with the line that was written for its partition and offset."""
        seen = [0] * PARTITIONS
        with open(file, encoding="utf-8", newline="\n") as lines:
            for line in lines:
                record = json.loads(line)
                partition = record["partition"]
                expected = self.writer.line(seen[partition] * PARTITIONS + partition, topic)
                if line != expected:
                    return self.report.failed("kavka", row, f"{topic}-{partition}\n wanted {expected} found  {line}")
                seen[partition] += 1
        if sum(seen) != self.records:
            return self.report.failed("kavka", row, f"{sum(seen)} records of {self.records} in {topic}")
        return self.report.passed("kavka", row)

    def words(self, words):
        return [packages.kavka(), *map(str, words), "--bootstrap-server", self.broker.address]

    def kavka(self, *words):
        done = processes.run(self.words(words))
        if done.returncode:
            raise SystemExit(f"kavka {' '.join(map(str, words))}: {done.stderr.decode()}")


class Writer:
    """The line of any number, the same each time it is asked for."""

    def __init__(self, seed):
        chance = random.Random(seed)
        manual = list(pydoc_data.topics.topics.values())
        paragraphs = [text for topic in manual for text in topic.split("\n\n") if 0 < len(text) <= 600]
        sentences = [sentence for topic in manual for sentence in topic.replace("\n", " ").split(". ") if 3 < len(sentence) < 200]
        words = sorted({word for sentence in sentences for word in sentence.split()})
        foreign = [article.encode(encoding) for article, encoding in ARTICLES] + [article.encode() for article, _ in ARTICLES]
        odd = [b"", b"\n", b"\r\n", b"\x00", b"\xff\xfe\x00", bytes(range(256)), b'"\\/\b\f\t\x1f\x7f', "\u2028\ufeff\U0001f98a".encode()]
        text = [piece.encode() for piece in paragraphs + sentences]
        self.values = [_field("value", value) for value in chance.sample(text, min(len(text), 4000)) + 40 * foreign + 20 * odd + 60 * [None]]
        self.keys = [_field("key", key) for key in [word.encode() for word in chance.sample(words, 2000)] + 5 * foreign + 10 * odd + 200 * [None]]
        self.headers = ["", *(self._headers(chance, words, text, foreign + odd) for _ in range(2000))]

    @staticmethod
    def _headers(chance, words, text, bytes_):
        """None to four headers, whose names may repeat and be empty."""
        names = [chance.choice(words) for _ in range(2)] + [""]
        values = [None, b"", chance.choice(bytes_), chance.choice(text)]
        header = lambda: f'{{"key":{_json(chance.choice(names))},{_field("value", chance.choice(values))}}}'  # noqa: E731
        return ",".join(header() for _ in range(chance.randrange(5)))

    def line(self, number, topic):
        # A multiplication spreads neighbours over the lists; each list by other bits.
        mixed = (number + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        value, key = self.values[(mixed >> 40) % len(self.values)], self.keys[(mixed >> 20) % len(self.keys)]
        headers = self.headers[(mixed >> 8) % len(self.headers)] if mixed >> 62 else ""
        return (f'{{"topic":"{topic}","partition":{number % PARTITIONS},"offset":{number // PARTITIONS},'
                f'"timestamp":{FIRST_TIME + number * 7 % 1000003},"timestamp_type":"create","headers":[{headers}],{key},{value}}}\n')


def _field(name, value):
    if value is None:
        return f'"{name}":null'
    try:
        return f'"{name}":{_json(value.decode())}'
    except UnicodeDecodeError:
        return f'"{name}_base64":"{base64.b64encode(value).decode()}"'


def _json(text):
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
