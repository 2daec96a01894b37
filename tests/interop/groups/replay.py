"""One script, command by command, as raw frames against a broker, in real time that is shorter than the script's by a scale.

After a command the answers that the script expects by then are waited for, and a moment for those that should not come. What
was answered when is compared in the end.
"""

import itertools
import json
import queue
import subprocess
import threading
import time

import requests
from answers import Answers, in_order
from harness import packages, processes
from requests import Requests
from script import Command, seconds

# A second of a script takes this long.
SCALE = 0.5
# An answer may come earlier by so many of the script's seconds: clocks of brokers tick in steps.
EARLY = 1.0
MOMENT, PATIENCE = 0.12, 5.0
# For a first rebalance, which waits for a moment of its own: GATHERING milliseconds.
GATHERING, GATHERED = 400, 1.5
LATE = 0.2
# What is due at the end of a span of time is a little later in a broker.
ON_TIME = 0.25
PUBLISHED = 0.4
# Apache Kafka resolves regular expressions on a thread of its own.
RESOLVED = 1.0
TAKE_LONG = {"topic", "delete-topic", "group-config", "restart"}
_numbers = itertools.count(1)


class Frames:
    """The agent that sends frames: `ask` returns a number, under which the answer will be found."""

    def __init__(self, address):
        self.child = processes.start([packages.go_program("frames"), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.errors = {int(code): name for code, name in json.loads(self.child.stdout.readline())["errors"].items()}
        self.waiting, self.numbers, self.lock = {}, itertools.count(1), threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def ask(self, client, api, version, body, told):
        """`told` is called with the answer when it comes."""
        with self.lock:
            number = next(self.numbers)
            self.waiting[number] = told
            line = {"id": number, "api": api, "version": version, "client": client, "body": body}
            self.child.stdin.write(json.dumps(line).encode() + b"\n")
            self.child.stdin.flush()

    def ask_now(self, api, version, body):
        answer = queue.Queue()
        self.ask("interop", api, version, body, answer.put)
        return answer.get(timeout=30)

    def await_coordinator(self):
        """The internal topic is made when it is first asked for, and every partition of it is loaded."""
        def settled():
            self.ask_now(requests.FIND_COORDINATOR, 4, {"CoordinatorKeys": ["a"], "CoordinatorType": 0})
            answers = [self.ask_now(requests.HEARTBEAT, 4, {"Group": f"group-{number}", "MemberID": "m"}) for number in range(12)]
            return all(self.errors.get(answer["body"]["ErrorCode"]) == "UNKNOWN_MEMBER_ID" for answer in answers if "body" in answer)
        processes.until(settled, 60, "coordinator", pause=0.1)

    def await_topic(self, name, partitions):
        """Its id, when every partition has a leader."""
        def served():
            [topic] = self.ask_now(requests.METADATA, 12, {"Topics": [{"Topic": name}]})["body"]["Topics"]
            led = [place for place in topic["Partitions"] or [] if place["Leader"] >= 0]
            return topic["TopicID"] if not topic["ErrorCode"] and len(led) == partitions else None
        return processes.until(served, 30, f"topic {name}", pause=0.05)

    def close(self):
        processes.end(self.child)

    def _read(self):
        for line in self.child.stdout:
            answer = json.loads(line)
            self.waiting.pop(answer["id"])(answer)


class Ticket:
    is_shown = True  # `stable` shows nothing of what it leads to

    def __init__(self, api, names_member):
        self.api, self.names_member = api, names_member
        self.body = self.error = self.when = self.text = None

    @property
    def answered(self):
        return self.body is not None or self.error is not None


class Replay:
    def __init__(self, script, broker, frames):
        self.script, self.broker, self.frames, self.scale = script, broker, frames, 1 if script.needs_true_times else SCALE
        self.prefix = f"r{next(_numbers)}_"
        self.names, self.ids = {}, {}  # id → name, name → id
        self.topics = {}  # name → id
        self.requests = Requests(self.prefix, self.scale, lambda name: self.ids.get(name, name), self.topics)
        self.answers = Answers(self.prefix, frames.errors, lambda member: self.names.get(member, member), self.topics)
        self.tickets = []
        self.told = threading.Condition()
        self.virtual, self.limit = 0.0, 0.0
        self._anchor()

    def run(self):
        """The differences, a line each."""
        for command in self.script.commands:
            self._do(command)
        # What is answered after the script's end is none of its business.
        self.answered_in_time = {number for number, ticket in enumerate(self.tickets, 1) if ticket and ticket.answered}
        self._settle(PATIENCE)
        return [fault for number in sorted({*self.script.expected, *range(1, len(self.tickets) + 1)}) if (fault := self._fault(number))]

    def _do(self, command):
        match command.verb:
            case "set":
                pass
            case "topic":
                for name in command.plain:
                    partitions, full = int(command.get("partitions", 1)), self.prefix + name
                    change = self.requests.grow_topic if full in self.topics else self.requests.create_topic
                    self._succeed(change(name, partitions))
                    self.topics[full] = self.frames.await_topic(full, partitions)
            case "delete-topic":
                for name in command.plain:
                    self._succeed(self.requests.delete_topic(name))
                    self.topics.pop(self.prefix + name)
                self.tickets.append(None)
                time.sleep(0.5)
            case "advance":
                self._advance(seconds(command.plain[0]))
            case "group-config":
                [(name, value)] = command.named.items()
                self._succeed(self.requests.configure_group(command.plain[0], name, value), "Resources")
            case "restart":
                self.broker.kill()
                self.broker.start()
                self.frames.await_coordinator()
            case "enter":
                self._join(command.but("join"))
                self._await(self.tickets[-1:])
                self._join(command.but("join", without=("as",), member=command.get("as")))
            case "stable":
                self._stable(command)
            case "join":
                self._join(command)
            case _:
                self._ask(command)
        self._settle()
        if command.verb in TAKE_LONG:
            # Coordinators learn of topics a moment after clients do.
            time.sleep(PUBLISHED)
            self._anchor()

    def _stable(self, command):
        """A group in its first generation."""
        members = command.get("members").split(",")
        rest = command.but("join", without=("members",))
        first = len(self.tickets)
        for member in members:
            self._do(rest.but("enter", **{"as": member}))
        self._await(self.tickets[first:])
        assign = ",".join(f"{member}:A-{member}" for member in members)
        for member in members:
            self._do(Command(f"sync group={command.get('group')} member={member} generation=1 assign={assign}"))
        self._await(self.tickets[first:])
        for ticket in self.tickets[first:]:
            ticket.is_shown = False
        self._anchor()

    def _join(self, command):
        name = command.get("as")
        if name:
            # Whoever had the name before keeps it with a mark.
            for member in [member for member, known in self.names.items() if known == name]:
                self._call(member, f"old-{name}")
            for ticket in filter(None, self.tickets):
                if ticket.names_member == name and not ticket.answered:
                    ticket.names_member = f"old-{name}"
        self._ask(command, names_member=name)

    def _ask(self, command, names_member=None):
        api, version, body = self.requests.of(command)
        ticket = Ticket(api, names_member)
        self.tickets.append(ticket)
        client = command.get("as") or command.get("member") or "interop"
        self.frames.ask(client, api, version, body, lambda answer: self._answered(ticket, answer))

    def _answered(self, ticket, answer):
        with self.told:
            ticket.when = self._now()
            ticket.body, ticket.error = answer.get("body"), answer.get("error")
            if ticket.names_member and ticket.body and ticket.body.get("MemberID"):
                self._call(ticket.body["MemberID"], ticket.names_member)
            self.told.notify_all()

    def _call(self, member, name):
        self.names[member] = name
        self.ids[name] = member

    def _advance(self, by):
        """What the commands before have taken is a part of it."""
        self.limit = self.virtual + by
        due = any(self.limit - 2 * ON_TIME / self.scale <= fired <= self.limit for fired in self.script.fired)
        time.sleep(max(0, self.began + self.limit * self.scale - time.monotonic()) + (ON_TIME if due and by else 0))
        self.virtual = self.limit
        # What a timer answers may be a little late; what the next command leads to does not come by waiting.
        self._settle(LATE if by else GATHERED)
        if not by:
            if any(command.get("regex") for command in self.script.commands):
                time.sleep(RESOLVED)
            self._anchor()

    def _now(self):
        """The script's time."""
        return min((time.monotonic() - self.began) / self.scale, self.limit)

    def _anchor(self):
        """The script's time begins to run from here."""
        self.began = time.monotonic() - self.virtual * self.scale

    def _settle(self, patience=MOMENT):
        """Waits for what should have been answered by now; then tells it in the names of now."""
        with self.told:
            late = [self.tickets[number - 1] for number, (when, _) in self.script.expected.items()
                    if number <= len(self.tickets) and when <= self.virtual and self.tickets[number - 1]]
            self.told.wait_for(lambda: all(ticket.answered for ticket in late), patience)
            # One that is to be parked needs a moment to get there.
            self.told.wait_for(lambda: all(ticket.answered for ticket in filter(None, self.tickets[-1:])), MOMENT)
            for ticket in filter(None, self.tickets):
                if ticket.body is not None and ticket.text is None:
                    ticket.text = self.answers.text(ticket.api, ticket.body)

    def _await(self, tickets):
        with self.told:
            if not self.told.wait_for(lambda: all(ticket.answered for ticket in tickets), PATIENCE):
                raise RuntimeError(f"#{len(self.tickets)}: no answer to what should be answered at once")

    def _succeed(self, request, each="Topics"):
        answer = self.frames.ask_now(*request)
        codes = [one["ErrorCode"] for one in answer.get("body", {}).get(each, [{"ErrorCode": answer}])]
        if any(codes):
            raise RuntimeError(f"{request}: {answer}")

    def _fault(self, number):
        ticket = self.tickets[number - 1] if number <= len(self.tickets) else None
        when, expected = self.script.expected.get(number, (None, None))
        if ticket is None:
            return None
        if ticket.error:
            return f"#{number}: {ticket.error}"
        if expected is None:
            return f"#{number}: {ticket.text} instead of no answer" if ticket.is_shown and number in self.answered_in_time else None
        if not ticket.answered:
            return f"#{number}: no answer instead of {expected}"
        if ticket.text != in_order(expected):
            return f"#{number}: {ticket.text} instead of {in_order(expected)}"
        early = when - ticket.when
        return f"#{number}: {ticket.text} after {ticket.when:.1f} s, {early:.1f} s too early" if early > EARLY else None
