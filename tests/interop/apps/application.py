"""What every application of this suite is: a name, a version, and steps that follow on one another.

A step is a method that returns when all is as with Apache Kafka and raises otherwise. The steps of an application share
its processes and one broker of their own; after one that failed, those that follow are not tried and count as failed.
"""

from clients.confluent import Confluent
from harness import wire
from harness.processes import until
from program import Unexpected

PATIENCE = 90


def step(name, only_in_full=False):
    """Marks a method as a step; steps are taken in the order in which they are written."""
    def mark(method):
        method.step, method.only_in_full = name, only_in_full
        return method
    return mark


def want(found, wanted, what):
    if found != wanted:
        raise Unexpected(f"{what}: {_short(found)} instead of {_short(wanted)}")


def eventually(look, wanted, what, timeout=PATIENCE):
    """For what becomes visible while an application works."""
    last = []

    def seen():
        last[:] = [look()]
        return last[0] == wanted
    try:
        until(seen, timeout, what, pause=0.2)
    except TimeoutError:
        want(last[0], wanted, f"{what}, after {timeout} s")


def _short(thing):
    text = repr(thing)
    return text if len(text) <= 400 else f"{text[:280]} … {text[-110:]}"


class Application:
    name = ""

    def __init__(self, broker, folder):
        self.broker, self.folder, self.programs = broker, folder, []
        self._witness = None

    @classmethod
    def version(cls):
        """Brings what it needs, and tells the versions."""
        raise NotImplementedError

    @classmethod
    def steps(cls, full):
        everything = {name: getattr(cls, name) for base in reversed(cls.mro()) for name in vars(base)}
        marked = [method for method in everything.values() if hasattr(method, "step")]
        return [method for method in marked if full or not method.only_in_full]

    def run(self, program):
        """Keeps a program among those that end with the application."""
        self.programs.append(program)
        return program

    @property
    def witness(self):
        """A client that shares nothing with Java's. A new one after the broker went away."""
        if not self._witness:
            self._witness = Confluent()
            self._witness.connect(self.broker.address)
        return self._witness

    def restart_broker(self, kill=False):
        if self._witness:
            self._witness.close()
            self._witness = None
        if kill:
            self.broker.kill()
        elif code := self.broker.stop():
            # A JVM that is asked to end says 143.
            want(code, 143, "exit code of the broker's orderly stop")
        self.broker.start()
        if self.broker.name == "kafka":
            eventually(self._not_served, [], "partitions that are not served")

    def _not_served(self):
        """Apache's broker names a leader a moment before it serves as one; kavka's ready line promises both."""
        return [f"{topic.name}-{partition}" for topic in wire.metadata(self.broker.address) for partition in topic.places
                if not wire.is_served(self.broker.address, topic.name, partition)]

    def properties(self, name, settings):
        """A Java properties file."""
        path = self.folder / f"{name}.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return path

    def close(self):
        for program in self.programs:
            program.kill()
        if self._witness:
            self._witness.close()


def stored(address, topic, partitions=1):
    """How many records each partition holds, counted by the headers of its batches; offsets must follow on one another."""
    return [_stored(address, topic, partition) for partition in range(partitions)]


def _stored(address, topic, partition):
    following = 0
    while True:
        batches = wire.batches(address, topic, partition, following)
        if not batches:
            return following
        for batch in batches:
            want(batch.base_offset, following, f"base offset of a batch of {topic}-{partition}")
            following += batch.records
