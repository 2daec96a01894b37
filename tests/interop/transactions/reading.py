"""One reader's way through the partitions: what it is given must go forward, and leave out nothing that it may see."""

from bisect import bisect_left
from dataclasses import dataclass

from history import End, Poll


@dataclass
class Fault:
    anomaly: str
    words: str
    is_internal: bool  # between two polls of one transaction


class Position:
    def __init__(self, visible):
        self.visible = visible  # partition → sorted offsets where there is a record for it
        self.next, self.taker = {}, {}  # partition → the offset after the last one given, and the transaction that took that

    def take(self, step):
        """Goes one step of the reader's; returns the faults in it."""
        if isinstance(step, Poll):
            return [fault for record in step.records for fault in self._given(*record, step.transaction)]
        if isinstance(step, End):
            return [fault for partition, end in step.ends.items() for fault in self._skipped(partition, end, None)]
        for partition, offset in step.items():
            self.taker.pop(partition, None)
            if offset is None:
                self.next.pop(partition, None)
            else:
                self.next[partition] = offset
        return []

    def _given(self, partition, offset, value, transaction):
        following = self.next.get(partition, offset)
        if offset < following:
            faults = [Fault("non-monotonic poll", f"{value} at {partition}:{offset}, after {following - 1}",
                            self._within(partition, transaction))]
        else:
            faults = self._skipped(partition, offset, transaction)
        self.next[partition] = max(following, offset + 1)
        self.taker[partition] = transaction
        return faults

    def _skipped(self, partition, until, transaction):
        known = self.visible.get(partition, [])
        following = self.next.get(partition, until)
        passed = known[bisect_left(known, following):bisect_left(known, until)] if following < until else []
        return [Fault("skipped poll", f"{partition}:{offset}", self._within(partition, transaction)) for offset in passed]

    def _within(self, partition, transaction):
        return transaction is not None and self.taker.get(partition) == transaction
