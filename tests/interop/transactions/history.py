"""A history: what the clients of one topic asked for and what they were told, in the order in which it happened.

A line is a JSON object: `who` did it, what they `did`, `at` which nanosecond of the machine's monotonic clock (left out in
histories written by hand, where the order of lines is the time), and what belongs to the deed:

    begin, commit, abort                transaction          said before the call
    committed, aborted                  transaction          said after it has returned
    failed                              transaction, of, error        it did not; `of` is the call
    send            transaction, records: [[partition, number], …]    before the calls, in the order of the calls
    acknowledged    transaction, records: [[number, offset], …]
    refused         transaction, numbers, error
    reads           isolation, group          the actor is a reader, perhaps a member of a group
    moved           to: {partition: offset}   where it reads on: a start, a seek, partitions that a group gave it (null: it will see)
    poll            records: [[partition, offset, value], …], transaction     in the order given; the transaction that takes them
    end             ends: {partition: offset}    it had all the time that it wanted to read up to there
    group end       group, ends                  and so had the group

The value of a record is `TRANSACTION/NUMBER`, so that whoever reads it knows who wrote it. Other deeds are for people.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Send:
    partition: int
    number: int
    value: str
    offset: int | None = None  # where it was acknowledged


@dataclass
class Poll:
    at: int
    records: list  # of (partition, offset, value)
    transaction: str | None = None


@dataclass
class Transaction:
    name: str
    who: str
    sends: dict = field(default_factory=dict)  # number → Send, in the order of the calls
    polls: list = field(default_factory=list)
    times: dict = field(default_factory=dict)  # deed → when it was first done

    @property
    def outcome(self):
        """What the application knows of it. An acknowledged abort settles it whatever was asked for before; who never
        asked for a commit, or died before, cannot have one."""
        if "committed" in self.times:
            return "committed"
        if "aborted" in self.times or "commit" not in self.times:
            return "aborted"
        return "unknown"


@dataclass
class Reader:
    who: str
    isolation: str
    group: str | None
    steps: list = field(default_factory=list)  # of Poll, of moves (partition → offset) and of End, in order


@dataclass
class End:
    ends: dict  # partition → offset


class History:
    def __init__(self, events):
        self.transactions, self.readers = {}, {}
        self.group_ends = {}  # group → partition → offset
        self.producers = defaultdict(list)  # who → its transactions, in order
        self.deeds = defaultdict(int)
        for at, event in enumerate(events):
            self.deeds[event["did"]] += 1
            tell = getattr(self, "_" + event["did"].replace(" ", "_"), None)
            if tell:
                tell(event, event.get("at", at))
        self.senders = {send.value: transaction for transaction in self.transactions.values() for send in transaction.sends.values()}

    def send(self, value):
        """The Send that a value was written by, if there was any."""
        transaction = self.senders.get(value)
        return transaction and transaction.sends[int(value.rpartition("/")[2])]

    def _begin(self, event, at):
        begun = Transaction(event["transaction"], event["who"])
        self.transactions[begun.name] = begun
        self.producers[begun.who].append(begun)

    def _deed(self, event, at):
        self.transactions[event["transaction"]].times.setdefault(event["did"], at)

    _commit = _committed = _abort = _aborted = _deed

    def _send(self, event, _at):
        name = event["transaction"]
        for partition, number in event["records"]:
            self.transactions[name].sends[number] = Send(partition, number, f"{name}/{number}")

    def _acknowledged(self, event, _at):
        for number, offset in event["records"]:
            self.transactions[event["transaction"]].sends[number].offset = offset

    def _reads(self, event, _at):
        self.readers[event["who"]] = Reader(event["who"], event["isolation"], event.get("group"))

    def _moved(self, event, _at):
        self.readers[event["who"]].steps.append(_numbered(event["to"]))

    def _poll(self, event, at):
        poll = Poll(at, [tuple(record) for record in event["records"]], event.get("transaction"))
        self.readers[event["who"]].steps.append(poll)
        if poll.transaction:
            self.transactions[poll.transaction].polls.append(poll)

    def _end(self, event, _at):
        self.readers[event["who"]].steps.append(End(_numbered(event["ends"])))

    def _group_end(self, event, _at):
        self.group_ends[event["group"]] = _numbered(event["ends"])


def _numbered(offsets):
    return {int(partition): offset for partition, offset in offsets.items()}


def read(*files):
    """The history that several processes wrote, each into a file. The last line of one that was killed may be torn."""
    events = []
    for file in files:
        lines = file.read_text().split("\n")
        events += [json.loads(line) for line in lines[:-1] if line]
    if all("at" in event for event in events):
        events.sort(key=lambda event: event["at"])  # which keeps the order within a process
    return History(events)
