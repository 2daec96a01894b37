"""confluent-kafka for Python (librdkafka), as an agent."""

import sys
import threading
import time
import uuid

import confluent_kafka
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   ResourceType)

import serve

PATIENCE = 30
LOADING = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)


class Agent:
    def __init__(self, address):
        self.settings = {"bootstrap.servers": address}
        self.admin = AdminClient(self.settings)
        self.members = {}

    def goodbye(self):
        for member in self.members.values():
            member.leave()

    def hello(self):
        return f"{confluent_kafka.__version__} (librdkafka {confluent_kafka.libversion()[0]})"

    def produce(self, topic, records, codec, acks, idempotent):
        producer = Producer({**self.settings, "compression.type": codec, "acks": acks, "linger.ms": 5, "enable.idempotence": idempotent,
                             "message.timeout.ms": PATIENCE * 1000})
        places, errors = [None] * len(records), []

        def delivered(index):
            def note(error, message):
                if error:
                    errors.append(str(error))
                else:
                    places[index] = (message.partition(), message.offset())
            return note
        for index, record in enumerate(records):
            chosen = {name: record[name] for name in ("partition", "timestamp") if record[name] is not None}
            producer.produce(topic, serve.content(record["value"]), serve.content(record["key"]),
                             headers=serve.headers(record["headers"]), on_delivery=delivered(index), **chosen)
        left = producer.flush(PATIENCE)
        if errors or left:
            raise KafkaException(f"{left} not delivered; {errors[:3]}")
        return None if acks == "0" else places

    def read(self, topic, partition, start):
        consumer = self._consumer()
        try:
            wanted = [partition] if partition is not None else range(self.partitions(topic))
            ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=PATIENCE)[1] for p in wanted}
            firsts = {p: max(start, consumer.get_watermark_offsets(TopicPartition(topic, p), cached=True)[0]) for p in ends}
            open_ = {p for p in ends if firsts[p] < ends[p]}
            if open_:
                consumer.assign([TopicPartition(topic, p, firsts[p]) for p in open_])
            return list(self._until_ends(consumer, ends, open_))
        finally:
            consumer.close()

    @staticmethod
    def _until_ends(consumer, ends, open_):
        while open_:
            message = consumer.poll(PATIENCE)
            if message is None:
                raise TimeoutError(f"nothing more within {PATIENCE} s, wanted up to {ends}")
            if message.error():
                # An end that control batches or deleted records hide is told as end of partition.
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                open_.discard(message.partition())
                continue
            if message.offset() < ends[message.partition()]:
                yield _record(message)
            if message.offset() + 1 >= ends[message.partition()]:
                open_.discard(message.partition())

    def _consumer(self, group=None, **more):
        return Consumer({**self.settings, "group.id": group or f"unused-{uuid.uuid4()}", "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "enable.partition.eof": True, **more})

    def join(self, group, topic, options=None):
        number = len(self.members)
        journal = serve.Journal(options)
        # With the consumer protocol the broker says how often and how long.
        own = options or {"heartbeat.interval.ms": 300, "session.timeout.ms": 6000}
        self.members[number] = Member(self._consumer(group, **{
            "enable.auto.commit": True, "enable.auto.offset.store": False, **own}), topic, journal)
        return number

    def share(self, member):
        return sorted(self.members[member].partitions)

    def received(self, member):
        return list(self.members[member].records)

    def leave(self, member):
        self.members.pop(member).leave()

    def offsets_at(self, topic, timestamp):
        consumer = self._consumer()
        try:
            asked = [TopicPartition(topic, p, timestamp) for p in range(self.partitions(topic))]
            found = consumer.offsets_for_times(asked, timeout=PATIENCE)
            return {place.partition: place.offset if place.offset >= 0 else None for place in found}
        finally:
            consumer.close()

    def commit(self, group, topic, offsets):
        consumer = self._consumer(group)
        places = [TopicPartition(topic, int(p), offset) for p, offset in offsets.items()]
        try:
            self._while_coordinator_loads(lambda: consumer.commit(offsets=places, asynchronous=False))
        finally:
            consumer.close()

    @staticmethod
    def _while_coordinator_loads(action):
        """librdkafka leaves it to the application to try again while a coordinator is being made or loaded."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return action()
            except KafkaException as failed:
                if failed.args[0].code() not in LOADING or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def committed(self, group, topic):
        asked = ConsumerGroupTopicPartitions(group, None)
        told = self.admin.list_consumer_group_offsets([asked])[group].result(PATIENCE)
        return {place.partition: place.offset for place in told.topic_partitions if place.topic == topic}

    def create_topic(self, topic, partitions, configs):
        self.admin.create_topics([NewTopic(topic, partitions, 1, config=configs)])[topic].result(PATIENCE)

    def topics(self):
        return list(self.admin.list_topics(timeout=PATIENCE).topics)

    def partitions(self, topic):
        told = self.admin.list_topics(timeout=PATIENCE).topics.get(topic)
        return len(told.partitions) if told else 0

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])[topic].result(PATIENCE)

    def configs(self, topic):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        return {name: entry.value for name, entry in self.admin.describe_configs([resource])[resource].result(PATIENCE).items()}

    def set_config(self, topic, name, value):
        change = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[change])
        self.admin.incremental_alter_configs([resource])[resource].result(PATIENCE)

    def grow(self, topic, partitions):
        self.admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(PATIENCE)

    def groups(self):
        told = self.admin.list_consumer_groups().result(PATIENCE)
        if told.errors:
            raise KafkaException(str(told.errors))
        return [group.group_id for group in told.valid]

    def group_kinds(self):
        told = self.admin.list_consumer_groups().result(PATIENCE)
        return {group.group_id: group.type.name.lower() for group in told.valid}

    def describe_group(self, group):
        told = self.admin.describe_consumer_groups([group])[group].result(PATIENCE)
        shares = [[place.partition for place in member.assignment.topic_partitions] for member in told.members]
        return {"state": told.state.name.title(), "shares": shares}

    def delete_group(self, group):
        self.admin.delete_consumer_groups([group])[group].result(PATIENCE)

    def delete_records(self, topic, partition, before):
        asked = TopicPartition(topic, partition, before)
        return self.admin.delete_records([asked])[asked].result(PATIENCE).low_watermark


class Member:
    """A consumer in a group, polled by a thread of its own."""

    def __init__(self, consumer, topic, journal):
        self.consumer, self.records, self.partitions, self.journal = consumer, [], set(), journal
        self.leaving = threading.Event()
        consumer.subscribe([topic], on_assign=self._take, on_revoke=self._lose, on_lost=self._lose)
        self.thread = threading.Thread(target=self._poll)
        self.thread.start()

    def _take(self, _, places):
        self.partitions |= {place.partition for place in places}

    def _lose(self, _, places):
        self.partitions -= {place.partition for place in places}

    def _poll(self):
        while not self.leaving.is_set():
            message = self.consumer.poll(0.1)
            if message is not None and not message.error():
                self.records.append(_record(message))
                self.journal.write(self.records[-1:])
                self._may_be_committed(message)
        self.consumer.close()

    def _may_be_committed(self, message):
        try:
            self.consumer.store_offsets(message)
        except KafkaException as failed:
            # It was taken away between the poll and now.
            if failed.args[0].code() != KafkaError._STATE:
                raise

    def leave(self):
        self.leaving.set()
        self.thread.join()


def _record(message):
    kind, timestamp = message.timestamp()
    return serve.record(message.partition(), message.offset(), timestamp if kind else None, message.key(), message.value(),
                        message.headers())


serve.serve(Agent(sys.argv[1]))
