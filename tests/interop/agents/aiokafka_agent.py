"""aiokafka, as an agent: asyncio in a thread of its own, called from the loop over the lines."""

import asyncio
import sys
import threading

import aiokafka
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code
from aiokafka.protocol.group import MemberAssignment

import serve

PATIENCE = 30


def awaited(method):
    """Runs an async method on the agent's event loop and waits for it."""
    def call(self, **arguments):
        return asyncio.run_coroutine_threadsafe(method(self, **arguments), self.loop).result(PATIENCE + 5)
    return call


class Agent:
    def __init__(self, address):
        self.settings = {"bootstrap_servers": address}
        self.members = {}
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def goodbye(self):
        for number in list(self.members):
            self.leave(member=number)

    @awaited
    async def hello(self):
        self.admin = AIOKafkaAdminClient(**self.settings)
        await self.admin.start()
        return aiokafka.__version__

    @awaited
    async def produce(self, topic, records, codec, acks, idempotent):
        producer = AIOKafkaProducer(**self.settings, acks=acks if acks == "all" else int(acks), enable_idempotence=idempotent,
                                    compression_type=None if codec == "none" else codec, linger_ms=5)
        await producer.start()
        try:
            sent = [await producer.send(topic, serve.content(record["value"]), serve.content(record["key"]),
                                        headers=serve.headers(record["headers"]), partition=record["partition"],
                                        timestamp_ms=record["timestamp"]) for record in records]
            metadata = [await future for future in sent]
        finally:
            await producer.stop()
        return None if acks == "0" else [(told.partition, told.offset) for told in metadata]

    @awaited
    async def read(self, topic, partition, start):
        consumer = AIOKafkaConsumer(**self.settings, enable_auto_commit=False, auto_offset_reset="earliest")
        await consumer.start()
        try:
            wanted = [partition] if partition is not None else range(await self._count(topic))
            places = [TopicPartition(topic, p) for p in wanted]
            consumer.assign(places)
            ends, firsts = await consumer.end_offsets(places), await consumer.beginning_offsets(places)
            for place in places:
                consumer.seek(place, max(start, firsts[place]))
            return await asyncio.wait_for(self._until_ends(consumer, ends), PATIENCE)
        finally:
            await consumer.stop()

    @staticmethod
    async def _until_ends(consumer, ends):
        read = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, messages in (await consumer.getmany(timeout_ms=500)).items():
                read += [_record(message) for message in messages if message.offset < ends[place]]
        return read

    @awaited
    async def join(self, group, topic):
        number = len(self.members)
        consumer = AIOKafkaConsumer(topic, **self.settings, group_id=group, auto_offset_reset="earliest", heartbeat_interval_ms=300,
                                    session_timeout_ms=6000)
        self.members[number] = member = Member(consumer)
        member.task = asyncio.ensure_future(member.poll())
        return number

    def share(self, member):
        return sorted(place.partition for place in self.members[member].consumer.assignment())

    def received(self, member):
        return list(self.members[member].records)

    @awaited
    async def leave(self, member):
        await self.members.pop(member).leave()

    @awaited
    async def offsets_at(self, topic, timestamp):
        consumer = AIOKafkaConsumer(**self.settings)
        await consumer.start()
        try:
            places = [TopicPartition(topic, p) for p in range(await self._count(topic))]
            found = await consumer.offsets_for_times({place: timestamp for place in places})
            return {place.partition: told.offset if told else None for place, told in found.items()}
        finally:
            await consumer.stop()

    @awaited
    async def commit(self, group, topic, offsets):
        consumer = AIOKafkaConsumer(**self.settings, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            places = {TopicPartition(topic, int(p)): offset for p, offset in offsets.items()}
            consumer.assign(list(places))
            await consumer.commit(places)
        finally:
            await consumer.stop()

    @awaited
    async def committed(self, group, topic):
        told = await self.admin.list_consumer_group_offsets(group)
        return {place.partition: position.offset for place, position in told.items() if place.topic == topic}

    @awaited
    async def create_topic(self, topic, partitions, configs):
        told = await self.admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])
        _raise_first(error for _, error, *_ in told.topic_errors)

    @awaited
    async def topics(self):
        return await self.admin.list_topics()

    @awaited
    async def partitions(self, topic):
        return await self._count(topic)

    async def _count(self, topic):
        return max(len(told["partitions"]) for told in await self.admin.describe_topics([topic]))

    @awaited
    async def delete_topic(self, topic):
        told = await self.admin.delete_topics([topic])
        _raise_first(error for _, error, *_ in told.topic_error_codes)

    @awaited
    async def configs(self, topic):
        [told] = await self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        [(error, _, _, _, entries)] = told.resources
        _raise_first([error])
        return {entry[0]: entry[1] for entry in entries}

    @awaited
    async def set_config(self, topic, name, value):
        for told in await self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})]):
            _raise_first(error for error, *_ in told.resources)

    @awaited
    async def grow(self, topic, partitions):
        told = await self.admin.create_partitions({topic: NewPartitions(partitions)})
        _raise_first(error for _, error, *_ in told.topic_errors)

    @awaited
    async def groups(self):
        return [name for name, *_ in await self.admin.list_consumer_groups()]

    @awaited
    async def describe_group(self, group):
        [told] = await self.admin.describe_consumer_groups([group])
        [(error, _, state, _, _, members, *_)] = told.groups
        _raise_first([error])
        return {"state": state, "shares": [_share(member[4]) for member in members]}

    def delete_group(self, group):
        raise serve.Unavailable("aiokafka has no DeleteGroups")

    @awaited
    async def delete_records(self, topic, partition, before):
        place = TopicPartition(topic, partition)
        return (await self.admin.delete_records({place: RecordsToDelete(before)}))[place]


class Member:
    """A consumer in a group, polled by a task of its own."""

    def __init__(self, consumer):
        self.consumer, self.records = consumer, []

    async def poll(self):
        await self.consumer.start()
        while True:
            for messages in (await self.consumer.getmany(timeout_ms=200)).values():
                self.records += [_record(message) for message in messages]

    async def leave(self):
        self.task.cancel()
        await self.consumer.stop()


def _share(assignment):
    if not assignment:
        return []
    return [partition for _, partitions in MemberAssignment.decode(assignment).assignment for partition in partitions]


def _raise_first(codes):
    for code in codes:
        if code:
            raise for_code(code)()


def _record(message):
    return serve.record(message.partition, message.offset, message.timestamp, message.key, message.value, message.headers)


serve.serve(Agent(sys.argv[1]))
