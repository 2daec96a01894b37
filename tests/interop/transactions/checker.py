"""What is wrong with a history, by the name of the anomaly.

Adya's and Jepsen's names where Kafka promises the like. A record that is wrong in two ways is told under the more
specific name, so that each fault has one; a count is of records, of partial transactions, or of cycles.

Writes of two open transactions may lie in a partition in any order, so only reads make one transaction depend on
another (G1c without G0). With honest clocks such a cycle holds a read before a commit, which is then not told twice.
"""

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property

from cycles import cycles
from reading import Position

ANOMALIES = {
    "lost": "it was committed, as acknowledged, and no read_committed consumer read it; or acknowledged, and not even read_uncommitted",
    "duplicated": "one record, read at more than one place",
    "aborted read": "a read_committed consumer read it, and its transaction was aborted or never asked to commit",
    "pre-commit read": "a read_committed consumer read it before its transaction asked to commit",
    "partial transaction": "of a transaction with unknown outcome some records were read by read_committed consumers, others by none",
    "skipped poll": "a consumer passed by a record that others, who may see no more than it, read there",
    "non-monotonic poll": "a consumer was given an offset at or before one it had been given",
    "skipped send": "an earlier record than the last acknowledged one of its partition was not, though the commit was",
    "non-monotonic send": "a producer's record lies at or before one that it sent earlier, in an earlier transaction",
    "write-read cycle": "transactions each of which read what the next wrote, around to the first",
    "internal": "a transaction read what itself wrote, skipped or went back in its own polls, or its sends lie in another order",
    "inconsistent offset": "two records at one offset, or a record that is read elsewhere than where it was acknowledged",
    "invented": "a record that nobody sent",
    "consumed twice": "two committed transactions of a group took the same record",
    "never consumed": "a group that was at the end had no transaction that took a committed record, and may have committed",
}


def check(history):
    """Anomaly → the cases found, each a line for a person."""
    return Checker(history).anomalies


class Checker:
    def __init__(self, history):
        self.history = history
        self.anomalies = {name: [] for name in ANOMALIES}
        self._look_at_reads()
        self._look_at_transactions()
        self._look_at_producers()
        self._look_at_groups()
        for reader in history.readers.values():
            self._follow(reader)

    def _found(self, anomaly, case):
        self.anomalies[anomaly].append(case)

    @cached_property
    def polls(self):
        """Every (reader, poll, partition, offset, value)."""
        return [(reader, step, *record) for reader in self.history.readers.values() for step in reader.steps if hasattr(step, "records")
                for record in step.records]

    @cached_property
    def places(self):
        """Value → the places where anyone read it."""
        return _gather((value, (partition, offset)) for _, _, partition, offset, value in self.polls)

    @cached_property
    def committed_reads(self):
        """The values that read_committed consumers were given."""
        return {value for reader, _, _, _, value in self.polls if reader.isolation == "read_committed"}

    def _has_happened(self, transaction):
        """Whether it must have been committed: as told, or as its records show."""
        return transaction.outcome == "committed" or (
            transaction.outcome == "unknown" and any(send.value in self.committed_reads for send in transaction.sends.values()))

    @cached_property
    def dependencies(self):
        """Transaction → those whose records it read; of what was committed, or may have been."""
        needs = defaultdict(set)
        for transaction in self.history.transactions.values():
            if transaction.outcome == "aborted":
                continue
            for _, _, value in _records(transaction.polls):
                writer = self.history.senders.get(value)
                if writer and writer is not transaction and writer.outcome != "aborted":
                    needs[transaction.name].add(writer.name)
        return needs

    @cached_property
    def cycle_of(self):
        """Transaction → the number of the cycle that it is in."""
        return {name: number for number, members in enumerate(cycles(self.dependencies)) for name in members}

    def _look_at_reads(self):
        early, aborted = {}, {}
        for reader, poll, partition, offset, value in self.polls:
            writer = self.history.senders.get(value)
            place = f"{value} at {partition}:{offset}, by {reader.who}"
            if writer is None:
                self._found("invented", place)
            elif reader.isolation != "read_committed":
                continue
            elif poll.transaction == writer.name:
                self._found("internal", f"{place}: its own record")
            elif writer.outcome == "aborted":
                aborted.setdefault(value, place)
            elif poll.at < writer.times["commit"] and not self._is_in_a_cycle_with(poll.transaction, writer.name):
                early.setdefault(value, place)
        for value, places in self.places.items():
            if len(places) > 1:
                self._found("duplicated", f"{value} at {_shown(places)}")
        self.anomalies["pre-commit read"] += early.values()
        self.anomalies["aborted read"] += aborted.values()
        self._look_at_places()

    def _is_in_a_cycle_with(self, reader, writer):
        return reader in self.cycle_of and self.cycle_of[reader] == self.cycle_of.get(writer)

    def _look_at_places(self):
        held = _gather(((partition, offset), value) for _, _, partition, offset, value in self.polls)
        for transaction in self.history.transactions.values():
            for send in transaction.sends.values():
                if send.offset is not None:
                    told = (send.partition, send.offset)
                    read = self.places.get(send.value, set())
                    if read and told not in read:
                        self._found("inconsistent offset", f"{send.value} acknowledged at {_shown([told])}, read at {_shown(read)}")
                    elif not read:
                        held[told].add(send.value)
        for place, values in held.items():
            if len(values) > 1:
                self._found("inconsistent offset", f"{_shown([place])} holds {' and '.join(sorted(values))}")

    @cached_property
    def _somebody_sees_all(self):
        return any(reader.isolation == "read_uncommitted" for reader in self.history.readers.values())

    def _look_at_transactions(self):
        for transaction in self.history.transactions.values():
            missing = [send.value for send in transaction.sends.values() if send.value not in self.committed_reads]
            if transaction.outcome == "committed":
                self.anomalies["lost"] += missing
            elif self._somebody_sees_all and not self._has_happened(transaction):
                acknowledged = [send.value for send in transaction.sends.values() if send.offset is not None]
                self.anomalies["lost"] += [value for value in acknowledged if value not in self.places]
            if transaction.outcome == "unknown" and 0 < len(missing) < len(transaction.sends):
                self._found("partial transaction",
                            f"{transaction.name}: {len(missing)} of {len(transaction.sends)} were never read, as {missing[0]}")
        found = defaultdict(list)
        for name, number in self.cycle_of.items():
            found[number].append(name)
        self.anomalies["write-read cycle"] += [" ← ".join(members) for members in found.values()]

    def _look_at_producers(self):
        for transactions in self.history.producers.values():
            last = {}  # partition → (offset, transaction, value) of the latest acknowledged send
            for transaction in transactions:
                waiting = defaultdict(list)
                for send in transaction.sends.values():
                    if send.offset is None:
                        waiting[send.partition].append(send.value)
                        continue
                    if transaction.outcome == "committed":
                        self.anomalies["skipped send"] += [f"{value}, though {send.value} is" for value in waiting.pop(send.partition, [])]
                    before = last.get(send.partition)
                    if before and send.offset <= before[0]:
                        anomaly = "internal" if before[1] is transaction else "non-monotonic send"
                        self._found(anomaly, f"{send.value} at {send.partition}:{send.offset}, after {before[2]} at {before[0]}")
                    last[send.partition] = (send.offset, transaction, send.value)

    def _look_at_groups(self):
        taken = defaultdict(lambda: defaultdict(list))  # group → place → the transactions that took it
        for reader in self.history.readers.values():
            for step in reader.steps:
                if reader.group and hasattr(step, "records") and step.transaction:
                    for partition, offset, _ in step.records:
                        taken[reader.group][partition, offset].append(self.history.transactions[step.transaction])
        for group, places in taken.items():
            for place, takers in places.items():
                sure = sorted({taker.name for taker in takers if self._has_happened(taker)})
                if len(sure) > 1:
                    self._found("consumed twice", f"{_shown([place])} by {' and '.join(sure)}")
        for group, ends in self.history.group_ends.items():
            for partition, offsets in self.visible["read_committed"].items():
                for offset in offsets[:bisect_left(offsets, ends.get(partition, 0))]:
                    if all(taker.outcome == "aborted" for taker in taken[group].get((partition, offset), [])):
                        self._found("never consumed", f"{partition}:{offset} by {group}")

    @cached_property
    def visible(self):
        """Isolation level → partition → the offsets where each consumer of that level must be given a record. What was
        aborted, or sent by nobody, is another anomaly where a read_committed consumer has it, and none where not."""
        offsets = {"read_committed": defaultdict(set), "read_uncommitted": defaultdict(set)}
        for reader, _, partition, offset, value in self.polls:
            writer = self.history.senders.get(value)
            if writer:
                offsets["read_uncommitted"][partition].add(offset)
                if reader.isolation == "read_committed" and writer.outcome != "aborted":
                    offsets["read_committed"][partition].add(offset)
        return {level: {partition: sorted(known) for partition, known in found.items()} for level, found in offsets.items()}

    def _follow(self, reader):
        position = Position(self.visible[reader.isolation])
        for step in reader.steps:
            for fault in position.take(step):
                anomaly = "internal" if fault.is_internal else fault.anomaly
                self._found(anomaly, f"{reader.who}: {fault.words}")


def _records(polls):
    return [record for poll in polls for record in poll.records]


def _gather(pairs):
    gathered = defaultdict(set)
    for key, value in pairs:
        gathered[key].add(value)
    return gathered


def _shown(places):
    return ", ".join(f"{partition}:{offset}" for partition, offset in sorted(places))
