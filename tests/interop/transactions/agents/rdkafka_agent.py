"""The agent that holds librdkafka's actors (rdkafka_actors.py); JSON lines in and out, as in ../../agents/serve.py."""

import sys
import time
from pathlib import Path

import confluent_kafka
from confluent_kafka import Consumer, TopicPartition

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "agents"))

import planted  # noqa: E402
import serve  # noqa: E402
from rdkafka_actors import Reader, Transformer, Writer  # noqa: E402
from recorder import Recorder  # noqa: E402


class Stage:
    """What all actors of this process have in common."""

    def __init__(self, address, topic, partitions, history):
        self.address, self.topic, self.partitions = address, topic, partitions
        self.recorder = Recorder(history)


class Agent:
    def __init__(self, address):
        self.address, self.stage, self.actors = address, None, []

    def goodbye(self):
        pass

    def hello(self):
        return f"confluent-kafka {confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})"

    def clock(self):
        return time.monotonic_ns()

    def stage_is(self, topic, partitions, history):
        self.stage = Stage(self.address, topic, partitions, history)

    def write(self, who, id, shared=False, plant=None):
        self._start(planted.named(plant, Writer)(who, self.stage, id, shared))

    def transform(self, who, id, group, plant=None):
        self._start(planted.named(plant, Transformer)(who, self.stage, id, group))

    def read(self, who, isolation, plant=None):
        self._start(planted.named(plant, Reader)(who, self.stage, isolation))

    def _start(self, actor):
        self.actors.append(actor)
        actor.thread.start()

    def positions(self):
        """Where each transformer is, by partition, when it waits for more."""
        return [dict(actor.positions) for actor in self.actors if isinstance(actor, Transformer)]

    def ends(self):
        """The high watermarks."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "ends"})
        try:
            return {p: consumer.get_watermark_offsets(TopicPartition(self.stage.topic, p), timeout=20)[1]
                    for p in range(self.stage.partitions)}
        finally:
            consumer.close()

    def rest(self, kind, seconds):
        """Lets the writers, or the transformers, finish what they do."""
        resting = [actor for actor in self.actors if isinstance(actor, {"writers": Writer, "transformers": Transformer}[kind])]
        for actor in resting:
            actor.resting.set()
        self._await(resting, seconds)

    def read_to(self, ends, seconds):
        """Lets the readers read to these offsets and end; also when nothing has come for so many seconds."""
        readers = [actor for actor in self.actors if isinstance(actor, Reader)]
        for reader in readers:
            reader.patience, reader.ends = seconds, ends
        self._await(readers, 10 * seconds)

    def _await(self, actors, seconds):
        deadline = time.monotonic() + seconds
        for actor in actors:
            actor.thread.join(max(0.0, deadline - time.monotonic()))
        failed = [actor.failed or f"{actor.who} has not ended" for actor in actors if actor.failed or actor.thread.is_alive()]
        if failed:
            raise RuntimeError("; ".join(failed))


serve.serve(Agent(sys.argv[1]))
