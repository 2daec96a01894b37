"""The checker's own tests: every history in `histories/` shows the anomaly that it is named after, once, and no other.

    tests/interop/transactions/run --self-test
"""

import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import history  # noqa: E402
from checker import ANOMALIES, check  # noqa: E402
from cycles import cycles  # noqa: E402

HISTORIES = sorted((HERE / "histories").glob("*.jsonl"))


def shown_by(file):
    """The anomaly that a file is named after; None for a good one."""
    words = file.stem.replace("-", " ")
    named = [anomaly for anomaly in ANOMALIES if words.startswith(anomaly.replace("-", " "))]
    if not named and not words.startswith("good"):
        raise ValueError(f"{file.name} is named after no anomaly")
    return max(named, key=len) if named else None


class EachHistory(unittest.TestCase):
    def test_shows_what_it_is_named_after_and_nothing_else(self):
        for file in HISTORIES:
            with self.subTest(file.name):
                found = {name: cases for name, cases in check(history.read(file)).items() if cases}
                wanted = shown_by(file)
                self.assertEqual([wanted] if wanted else [], list(found), found)
                self.assertLessEqual(sum(map(len, found.values())), 1, found)

    def test_is_there_for_every_anomaly_and_for_none(self):
        self.assertEqual({*ANOMALIES, None}, {shown_by(file) for file in HISTORIES})


class Cycles(unittest.TestCase):
    def test_none_in_a_chain_and_in_a_diamond(self):
        self.assertEqual([], cycles({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}}))

    def test_each_ring_is_one(self):
        graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
        self.assertEqual([["a", "b", "c"], ["d", "e"]], sorted(cycles(graph)))

    def test_a_long_chain_needs_no_deep_stack(self):
        graph = {number: {number + 1} for number in range(20_000)}
        self.assertEqual([], cycles(graph))


class Files(unittest.TestCase):
    def test_a_torn_last_line_is_not_read(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "torn"
            file.write_text('{"who": "p", "did": "begin", "transaction": "p1", "at": 1}\n{"who": "p", "did": "com')
            self.assertEqual(["p1"], list(history.read(file).transactions))


if __name__ == "__main__":
    unittest.main()
