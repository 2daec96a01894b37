"""An answer in the words of the scripts (`tests/machines/print.rs`), so that it can be compared with what they expect.

Lists whose order says nothing are sorted on both sides.
"""

import base64
import re

import requests as apis
from harness import wire


class Answers:
    def __init__(self, prefix, errors, name, topics):
        """`errors` are the names of codes; `name` finds what a script calls a member id; `topics` are ids by names."""
        self.prefix, self.errors, self.name, self.topics = prefix, errors, name, topics

    def text(self, api, body):
        told = {apis.JOIN_GROUP: self._joined, apis.SYNC_GROUP: self._synced, apis.HEARTBEAT: self._plain, apis.LEAVE_GROUP: self._left,
                apis.OFFSET_COMMIT: self._results, apis.OFFSET_DELETE: self._results, apis.OFFSET_FETCH: self._fetched,
                apis.LIST_GROUPS: self._listed, apis.DESCRIBE_GROUPS: self._described, apis.DELETE_GROUPS: self._deleted,
                apis.CONSUMER_HEARTBEAT: self._beaten, apis.CONSUMER_DESCRIBE: self._consumers_described}[api](body)
        return in_order(told.replace(self.prefix, ""))

    def _outcome(self, code):
        return self.errors[code] if code else "ok"

    def _plain(self, body):
        return self._outcome(body["ErrorCode"])

    def _joined(self, body):
        member = self.name(body["MemberID"])
        if body["ErrorCode"]:
            return self._outcome(body["ErrorCode"]) + (f" member={member}" if member else "")
        line = f"joined member={member} generation={body['Generation']} protocol={body['Protocol'] or 'none'} leader={self.name(body['LeaderID'])}"
        line += " skip-assignment" if body["SkipAssignment"] else ""
        members = [self.name(each["MemberID"]) + (f"/{each['InstanceID']}" if each["InstanceID"] else "") for each in body["Members"] or []]
        return line + (f" members=[{' '.join(members)}]" if members else "")

    def _synced(self, body):
        return self._outcome(body["ErrorCode"]) if body["ErrorCode"] else f"synced assignment='{_text(body['MemberAssignment'])}'"

    def _left(self, body):
        if body["ErrorCode"]:
            return self._outcome(body["ErrorCode"])
        return ", ".join(self.name(each["MemberID"]) + (f"/{each['InstanceID']}" if each["InstanceID"] is not None else "") + " "
                         + (self.errors[each["ErrorCode"]] if each["ErrorCode"] else "left") for each in body["Members"])

    def _results(self, body):
        if body.get("ErrorCode"):
            return self._outcome(body["ErrorCode"])
        each = [(topic["Topic"], place) for topic in body["Topics"] or [] for place in topic["Partitions"]]
        told = {self._outcome(place["ErrorCode"]) for _, place in each}
        # The machine says once what concerns the whole; the wire says it for each partition.
        if len(told) == 1 and (whole := told.pop()) in OF_THE_WHOLE:
            return whole
        return ", ".join(sorted(f"{topic}-{place['Partition']} {self._outcome(place['ErrorCode'])}" for topic, place in each))

    def _fetched(self, body):
        [group] = body["Groups"]
        if group["ErrorCode"]:
            return self._outcome(group["ErrorCode"])
        return "[" + " ".join(self._offset(topic["Topic"], place) for topic in group["Topics"] or [] for place in topic["Partitions"]) + "]"

    def _offset(self, topic, place):
        line = f"{topic}-{place['Partition']}={place['Offset']}"
        if place["ErrorCode"]:
            return f"{line}:{self.errors[place['ErrorCode']]}"
        line += f"@{place['LeaderEpoch']}" if place["LeaderEpoch"] != -1 else ""
        metadata = place["Metadata"] or ""
        return line + (f":{metadata if len(metadata) <= 40 else f'({len(metadata)} characters)'}" if metadata else "")

    def _listed(self, body):
        own = [each for each in body["Groups"] or [] if each["Group"].startswith(self.prefix)]
        return "[" + ", ".join(f"{each['Group']} type='{each['ProtocolType']}' {each['GroupState']} {each['GroupType']}" for each in own) + "]"

    def _described(self, body):
        return ", ".join(map(self._group, body["Groups"]))

    def _group(self, group):
        if group["ErrorCode"]:
            return f"{group['Group']} unknown: {group['ErrorMessage']}"
        members = ", ".join(map(self._member, group["Members"] or []))
        return f"{group['Group']} {group['State']} type='{group['ProtocolType']}' protocol='{group['Protocol']}' members=[{members}]"

    def _beaten(self, body):
        if body["ErrorCode"]:
            return self._outcome(body["ErrorCode"])
        line = f"member={self.name(body['MemberID'])} epoch={body['MemberEpoch']}"
        return line if body["Assignment"] is None else f"{line} assignment={self._places(body['Assignment']['Topics'])}"

    def _places(self, topics):
        names = {tuple(number): name for name, number in self.topics.items()}
        return "[" + " ".join(f"{names[tuple(topic['TopicID'])]}-{number}" for topic in topics or [] for number in topic["Partitions"]) + "]"

    def _consumers_described(self, body):
        return ", ".join(map(self._consumer_group, body["Groups"]))

    def _consumer_group(self, group):
        if group["ErrorCode"]:
            return f"{group['Group']} unknown: {group['ErrorMessage']}"
        members = ", ".join(sorted(map(self._consumer, group["Members"] or [])))
        return (f"{group['Group']} {group['State']} epoch={group['Epoch']} assignment-epoch={group['AssignmentEpoch']} {group['AssignorName']} "
                f"members=[{members}]")

    def _consumer(self, member):
        kind = {-1: "unknown", 0: "classic", 1: "consumer"}[member["MemberType"]]
        assigned, target = (self._places(member[which]["TopicPartitions"]) for which in ("Assignment", "TargetAssignment"))
        return f"{self.name(member['MemberID'])} {kind} epoch={member['MemberEpoch']} {assigned} target={target}"

    def _member(self, member):
        assignment = _text(member["MemberAssignment"])
        who = self.name(member["MemberID"]) + (f":{assignment}" if assignment else "")
        return f"{who} {member['ClientHost']}" + (" +metadata" if member["ProtocolMetadata"] else "")

    def _deleted(self, body):
        return ", ".join(f"{each['Group']} {self._outcome(each['ErrorCode'])}" for each in body["Groups"])


OF_THE_WHOLE = {"UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "FENCED_INSTANCE_ID", "REBALANCE_IN_PROGRESS", "GROUP_ID_NOT_FOUND", "INVALID_GROUP_ID",
                "NON_EMPTY_GROUP", "COORDINATOR_NOT_AVAILABLE"}


def in_order(text):
    """Groups, and members and offsets in brackets, sorted; ids that a broker has made, as one word."""
    def by_name(found):
        between = ", " if ", " in found[1] else " "
        return "[" + between.join(sorted(found[1].split(between))) + "]"
    text = re.sub(r"\b[\w-]{22}\b", "(id)", re.sub(r"\[([^][]*)\]", by_name, text))
    return ", ".join(sorted(_apart(text)))


def _apart(text):
    """The parts between commas that stand in no brackets."""
    depth, begun = 0, 0
    for at, sign in enumerate(text):
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            yield text[begun:at].strip()
            begun = at + 1
    yield text[begun:].strip()


def _text(encoded):
    """`@t-0+t-1` for an assignment of the consumer protocol."""
    content = base64.b64decode(encoded or "")
    if content[:1] != b"\0":
        return content.decode(errors="replace")
    assigned = wire.Reader(content[2:])
    topics = assigned.array(lambda: (assigned.string(), assigned.array(assigned.int32)))
    return "@" + "+".join(f"{topic}-{number}" for topic, numbers in sorted(topics) for number in numbers)
