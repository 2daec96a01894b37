"""A script's command as a request: the API's key, its version, and its fields under the names of franz-go's kmsg.

Times are shortened by the scale of the replay, and names of groups and topics carry the replay's prefix, so that scripts can be
replayed side by side.
"""

import base64
import struct

from script import seconds

OFFSET_COMMIT, OFFSET_FETCH, JOIN_GROUP, HEARTBEAT, LEAVE_GROUP, SYNC_GROUP, DESCRIBE_GROUPS, LIST_GROUPS = 8, 9, 11, 12, 13, 14, 15, 16
METADATA, FIND_COORDINATOR, CREATE_TOPICS, DELETE_TOPICS, CREATE_PARTITIONS, DELETE_GROUPS, OFFSET_DELETE = 3, 10, 19, 20, 37, 42, 47
INCREMENTAL_ALTER_CONFIGS, CONSUMER_HEARTBEAT, CONSUMER_DESCRIBE = 44, 68, 69
OF_COMMITS = {"group", "member", "generation", "instance", "v", "retention"}


class Requests:
    def __init__(self, prefix, scale, member, topics):
        """`member` finds the id that a script calls by a name; `topics` are the ids of topics by their names."""
        self.prefix, self.scale, self.member, self.topics = prefix, scale, member, topics

    def of(self, command):
        return {"join": self.join, "sync": self.sync, "heartbeat": self.heartbeat, "leave": self.leave, "commit": self.commit,
                "fetch": self.fetch, "delete-offsets": self.delete_offsets, "list": self.list, "describe": self.describe,
                "delete": self.delete, "beat": self.beat, "describe-consumer": self.describe_consumer}[command.verb](command)

    def create_topic(self, name, partitions):
        return CREATE_TOPICS, 5, {"TimeoutMillis": 10_000, "Topics": [
            {"Topic": self.prefix + name, "NumPartitions": partitions, "ReplicationFactor": 1}]}

    def grow_topic(self, name, partitions):
        return CREATE_PARTITIONS, 3, {"TimeoutMillis": 10_000, "Topics": [{"Topic": self.prefix + name, "Count": partitions}]}

    def configure_group(self, group, name, value):
        """A time in milliseconds, shortened as all are."""
        config = {"Name": name, "Op": "SET", "Value": str(round(int(value) * self.scale))}
        return INCREMENTAL_ALTER_CONFIGS, 1, {"Resources": [{"ResourceType": "GROUP_CONFIG", "ResourceName": self.prefix + group, "Configs": [config]}]}

    def delete_topic(self, name):
        return DELETE_TOPICS, 4, {"TimeoutMillis": 10_000, "TopicNames": [self.prefix + name]}

    def join(self, command):
        body = {**self._who(command), "SessionTimeoutMillis": self._millis(command.get("session", "10s")),
                "RebalanceTimeoutMillis": self._millis(command.get("rebalance", "60s")), "ProtocolType": command.get("type", "consumer"),
                "Protocols": list(self._protocols(command))}
        del body["Generation"]
        return JOIN_GROUP, int(command.get("v", 9)), body

    def sync(self, command):
        given = [pair.split(":", 1) for pair in command.get("assign", "").split(",") if pair]
        assignment = [{"MemberID": self.member(name), "MemberAssignment": _bytes(self._assigned(text))} for name, text in given]
        # With version 5 it would have to name them.
        version = 5 if command.get("type") or command.get("protocol") else 4
        return SYNC_GROUP, version, {**self._who(command), "ProtocolType": command.get("type"), "Protocol": command.get("protocol"),
                               "GroupAssignment": assignment}

    def heartbeat(self, command):
        return HEARTBEAT, 4, self._who(command)

    def leave(self, command):
        instance, names = command.get("instance"), command.get("member")
        ids = [self.member(name) for name in names.split(",")] if names is not None else [""]
        return LEAVE_GROUP, 5, {"Group": self._group(command), "Members": [{"MemberID": each, "InstanceID": instance} for each in ids]}

    def commit(self, command):
        topics = [self._commit(place, value) for place, value in command.named.items() if place not in OF_COMMITS]
        retention = command.get("retention")
        version = int(command.get("v", 4 if retention else 9))
        return OFFSET_COMMIT, version, {**self._who(command), "Topics": topics,
                                        "RetentionTimeMillis": self._millis(retention) if retention else -1}

    def fetch(self, command):
        topics = [{"Topic": topic, "Partitions": [number]} for topic, number in self._places(command)]
        return OFFSET_FETCH, 8, {"RequireStable": "stable" in command.plain,
                                 "Groups": [{"Group": self._group(command), "Topics": topics or None, "MemberEpoch": -1}]}

    def delete_offsets(self, command):
        topics = [{"Topic": topic, "Partitions": [{"Partition": number}]} for topic, number in self._places(command)]
        return OFFSET_DELETE, 0, {"Group": self._group(command), "Topics": topics}

    def list(self, command):
        chosen = {"StatesFilter": command.get("state"), "TypesFilter": command.get("type")}
        return LIST_GROUPS, 5, {name: [value] if value else [] for name, value in chosen.items()}

    def beat(self, command):
        epoch = int(command.get("epoch", 0))
        rebalance, owned = command.get("rebalance", "none" if epoch else "60s"), command.get("owned", None if epoch else "")
        names, regex = command.get("topics"), command.get("regex")
        return CONSUMER_HEARTBEAT, int(command.get("v", 1)), {
            "Group": self._group(command), "MemberID": command.get("member", ""), "MemberEpoch": epoch, "InstanceID": command.get("instance"),
            "RackID": command.get("rack"), "RebalanceTimeoutMillis": -1 if rebalance == "none" else self._millis(rebalance),
            "SubscribedTopicNames": None if names is None else [self.prefix + name for name in names.split("+") if name],
            "SubscribedTopicRegex": regex and self.prefix + regex, "ServerAssignor": command.get("assignor"),
            "Topics": None if owned is None else self._owned(owned)}

    def _owned(self, places):
        by_topic = {}
        for topic, number in map(self._place, filter(None, places.split("+"))):
            by_topic.setdefault(topic, []).append(number)
        return [{"TopicID": self.topics[topic], "Partitions": numbers} for topic, numbers in by_topic.items()]

    def describe_consumer(self, command):
        return CONSUMER_DESCRIBE, 1, {"Groups": [self.prefix + group for group in command.plain]}

    def describe(self, command):
        return DESCRIBE_GROUPS, 6, {"Groups": [self.prefix + group for group in command.plain]}

    def delete(self, command):
        return DELETE_GROUPS, 2, {"Groups": [self.prefix + group for group in command.plain]}

    def _who(self, command):
        name = command.get("member")
        return {"Group": self._group(command), "Generation": int(command.get("generation", -1)),
                "MemberID": self.member(name) if name else "", "InstanceID": command.get("instance")}

    def _group(self, command):
        group = command.get("group", "")
        return self.prefix + group if group else ""

    def _millis(self, text):
        return round(seconds(text) * 1000 * self.scale)

    def _commit(self, place, value):
        topic, number = self._place(place)
        value, _, epoch = value.partition("@")
        offset, _, metadata = value.partition(":")
        text = "x" * int(metadata[1:]) if metadata.startswith("*") else metadata
        return {"Topic": topic, "Partitions": [{"Partition": number, "Offset": int(offset), "LeaderEpoch": int(epoch or -1),
                                                "Metadata": text or None, "Timestamp": -1}]}

    def _places(self, command):
        return [self._place(word) for word in command.plain if word != "stable"]

    def _place(self, word):
        topic, number = word.rsplit("-", 1)
        return self.prefix + topic, int(number)

    def _protocols(self, command):
        """`range:t+u,sticky:t`: names, and topics in the form of a consumer's subscription, or as they are for other types."""
        for each in filter(None, command.get("protocols", "range").split(",")):
            name, _, topics = each.partition(":")
            consumers = command.get("type", "consumer") == "consumer"
            yield {"Name": name, "Metadata": _bytes(self._subscription(topics, command.get("owned", "")) if consumers
                                                     else topics.encode())}

    def _subscription(self, topics, owned):
        named = [(self.prefix + topic).encode() for topic in topics.split("+") if topic]
        listed = b"".join(struct.pack(">h", len(topic)) + topic for topic in named)
        return struct.pack(">hi", 1, len(named)) + listed + struct.pack(">i", -1) + self._in_bytes(owned)

    def _assigned(self, text):
        """Text as it is, or behind `@` partitions in the form of consumers."""
        return struct.pack(">h", 1) + self._in_bytes(text[1:]) + struct.pack(">i", -1) if text.startswith("@") else text.encode()

    def _in_bytes(self, text):
        topics = {}
        for topic, number in map(self._place, filter(None, text.split("+"))):
            topics.setdefault(topic.encode(), []).append(number)
        each = [struct.pack(f">h{len(topic)}si{len(numbers)}i", len(topic), topic, len(numbers), *numbers) for topic, numbers in topics.items()]
        return struct.pack(">i", len(each)) + b"".join(each)


def _bytes(content):
    return base64.b64encode(content).decode()
