"""kafka-python 2.0.2, as an agent: its admin client returns the protocol's own structures and raises little."""

import sys

from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

import serve
from kafka_python_agent import DataAgent


class Agent(DataAgent):
    knows_idempotence = False

    def __init__(self, address):
        super().__init__(address)
        self.admin = KafkaAdminClient(**self.settings)

    @staticmethod
    def _position(offset):
        return OffsetAndMetadata(offset, "")

    def committed(self, group, topic):
        told = self.admin.list_consumer_group_offsets(group)
        return {place.partition: position.offset for place, position in told.items() if place.topic == topic}

    def create_topic(self, topic, partitions, configs):
        self.admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])

    def topics(self):
        return self.admin.list_topics()

    def partitions(self, topic):
        return max(len(told["partitions"]) for told in self.admin.describe_topics([topic]))

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])

    def configs(self, topic):
        [response] = self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        [(error, message, _, _, entries)] = response.resources
        _raise(error, message)
        return {entry[0]: entry[1] for entry in entries}

    def set_config(self, topic, name, value):
        response = self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})])
        for error, message, *_ in response.resources:
            _raise(error, message)

    def grow(self, topic, partitions):
        self.admin.create_partitions({topic: NewPartitions(partitions)})

    def groups(self):
        return [name for name, _ in self.admin.list_consumer_groups()]

    def describe_group(self, group):
        [told] = self.admin.describe_consumer_groups([group])
        shares = [[p for _, partitions in member.member_assignment.assignment for p in partitions] if member.member_assignment else []
                  for member in told.members]
        return {"state": told.state, "shares": shares}

    def delete_group(self, group):
        for _, error in self.admin.delete_consumer_groups([group]):
            if error is not errors.NoError:
                raise error(group)

    def delete_records(self, topic, partition, before):
        raise serve.Unavailable("kafka-python 2.0.2 has no DeleteRecords")


def _raise(error, message):
    if error:
        raise errors.for_code(error)(message)


serve.serve(Agent(sys.argv[1]))
