"""kafka-python, as an agent. The 3.x admin client is here; that of 2.0.2 is in `kafka_python_2020_agent.py`."""

import sys
import threading
import time

import kafka
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

import serve

try:
    from kafka.structs import OffsetAndMetadata
except ImportError:
    from kafka import OffsetAndMetadata

PATIENCE = 30


class DataAgent:
    """Producer, consumer and groups: one code for every version of kafka-python."""

    knows_idempotence = True  # on by default, and must be off where acks forbid it

    def __init__(self, address):
        self.settings = {"bootstrap_servers": [address]}
        self.members = {}

    def goodbye(self):
        for member in self.members.values():
            member.leave()

    def hello(self):
        return kafka.__version__

    def produce(self, topic, records, codec, acks, idempotent):
        if idempotent and not self.knows_idempotence:
            raise serve.Unavailable("kafka-python 2.0.2 has no idempotent producer")
        more = {"enable_idempotence": False} if self.knows_idempotence and acks != "all" else {}
        producer = KafkaProducer(**self.settings, **more, acks=acks if acks == "all" else int(acks), linger_ms=5,
                                 compression_type=None if codec == "none" else codec)
        try:
            sent = [self._send(producer, topic, record) for record in records]
            producer.flush(PATIENCE)
            metadata = [future.get(PATIENCE) for future in sent]
        finally:
            producer.close(PATIENCE)
        return None if acks == "0" else [(told.partition, told.offset) for told in metadata]

    def _send(self, producer, topic, record):
        return producer.send(topic, value=serve.content(record["value"]), key=serve.content(record["key"]), headers=serve.headers(record["headers"]),
                             partition=record["partition"], timestamp_ms=record["timestamp"])

    def read(self, topic, partition, start):
        consumer = KafkaConsumer(**self.settings, auto_offset_reset="earliest", enable_auto_commit=False)
        try:
            wanted = [partition] if partition is not None else sorted(self._wait_for_partitions(consumer, topic))
            places = [TopicPartition(topic, p) for p in wanted]
            consumer.assign(places)
            ends, firsts = consumer.end_offsets(places), consumer.beginning_offsets(places)
            for place in places:
                consumer.seek(place, max(start, firsts[place]))
            return list(self._until_ends(consumer, ends))
        finally:
            consumer.close()

    @staticmethod
    def _wait_for_partitions(consumer, topic):
        deadline = time.monotonic() + PATIENCE
        while not (found := consumer.partitions_for_topic(topic)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no partitions of {topic} within {PATIENCE} s")
            time.sleep(0.05)
        return found

    @staticmethod
    def _until_ends(consumer, ends):
        deadline = time.monotonic() + PATIENCE
        while any(consumer.position(place) < end for place, end in ends.items()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not at the ends {ends}, and nothing new within {PATIENCE} s")
            for place, messages in consumer.poll(timeout_ms=500).items():
                deadline = time.monotonic() + PATIENCE
                yield from (_record(message) for message in messages if message.offset < ends[place])

    def join(self, group, topic, options=None):
        number = len(self.members)
        consumer = KafkaConsumer(**self.settings, group_id=group, auto_offset_reset="earliest", heartbeat_interval_ms=300,
                                 session_timeout_ms=6000)
        self._wait_for_partitions(consumer, topic)
        consumer.subscribe([topic])
        self.members[number] = Member(consumer, serve.Journal(options))
        return number

    def share(self, member):
        return sorted(self.members[member].partitions)

    def received(self, member):
        return list(self.members[member].records)

    def leave(self, member):
        self.members.pop(member).leave()

    def offsets_at(self, topic, timestamp):
        consumer = KafkaConsumer(**self.settings)
        try:
            places = [TopicPartition(topic, p) for p in self._wait_for_partitions(consumer, topic)]
            found = consumer.offsets_for_times({place: timestamp for place in places})
            return {place.partition: told.offset if told else None for place, told in found.items()}
        finally:
            consumer.close()

    def commit(self, group, topic, offsets):
        consumer = KafkaConsumer(**self.settings, group_id=group, enable_auto_commit=False)
        try:
            consumer.assign([TopicPartition(topic, int(p)) for p in offsets])
            consumer.commit({TopicPartition(topic, int(p)): self._position(offset) for p, offset in offsets.items()})
        finally:
            consumer.close()

    @staticmethod
    def _position(offset):
        return OffsetAndMetadata(offset, "", -1)


class Agent(DataAgent):
    """The admin client of 3.x."""

    def __init__(self, address):
        super().__init__(address)
        self.admin = KafkaAdminClient(**self.settings)

    def committed(self, group, topic):
        told = self.admin.list_group_offsets({group: None})[group]
        return {place.partition: position.offset for place, position in told.items() if place.topic == topic}

    def create_topic(self, topic, partitions, configs):
        self.admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1, "configs": configs}})

    def topics(self):
        return self.admin.list_topics()

    def partitions(self, topic):
        return max(len(told["partitions"]) for told in self.admin.describe_topics([topic]))

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])

    def configs(self, topic):
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        told = self.admin.describe_configs([asked], config_filter="all")["topic"][topic]
        return {name: entry["value"] for name, entry in told.items()}

    def set_config(self, topic, name, value):
        told = self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})])
        if told["topic"][topic] != "OK":
            raise ValueError(told)

    def grow(self, topic, partitions):
        self.admin.create_partitions({topic: partitions})

    def groups(self):
        return [told["group_id"] for told in self.admin.list_groups()]

    def describe_group(self, group):
        told = self.admin.describe_groups([group])[group]
        if told["error"]:
            raise ValueError(told["error"])
        return {"state": told["group_state"], "shares": [self._share(member) for member in told["members"]]}

    @staticmethod
    def _share(member):
        assignment = member["member_assignment"]
        if not isinstance(assignment, dict):  # a member without any is not decoded
            return []
        return [partition for topic in assignment["assigned_partitions"] for partition in topic["partitions"]]

    def delete_group(self, group):
        told = self.admin.delete_groups([group])
        if told[group] not in ("OK", None):
            raise ValueError(told)

    def delete_records(self, topic, partition, before):
        place = TopicPartition(topic, partition)
        told = self.admin.delete_records({place: before})[place]
        if told["error_code"]:
            raise ValueError(told)
        return told["low_watermark"]


class Member:
    """A consumer in a group, polled by a thread of its own."""

    def __init__(self, consumer, journal):
        self.consumer, self.records, self.partitions, self.journal = consumer, [], set(), journal
        self.leaving = threading.Event()
        self.thread = threading.Thread(target=self._poll)
        self.thread.start()

    def _poll(self):
        while not self.leaving.is_set():
            # 3.0.12 can hang for good when a poll ends in the very moment that a join is answered: few, long polls.
            for messages in self.consumer.poll(timeout_ms=1000).values():
                told = [_record(message) for message in messages]
                self.journal.write(told)
                self.records += told
            self.partitions = {place.partition for place in self.consumer.assignment()}
        self.consumer.close()

    def leave(self):
        self.leaving.set()
        self.thread.join()


def _record(message):
    return serve.record(message.partition, message.offset, message.timestamp, message.key, message.value, message.headers)


if __name__ == "__main__":
    serve.serve(Agent(sys.argv[1]))
