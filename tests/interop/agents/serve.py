"""The half of an agent that all Python clients share: the loop over JSON lines (see `AgentClient` in
`clients/client.py`), and the mapping of records."""

import base64
import json
import sys
import traceback


class Unavailable(Exception):
    """This client has no such thing; the text says so to a person."""


def serve(agent):
    """Answers each line of standard input by the agent's method of that name."""
    while line := sys.stdin.readline():  # not `for line in sys.stdin`, which reads ahead
        question = json.loads(line)
        answer = _answer(getattr(agent, question.pop("op")), question)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    agent.goodbye()


def _answer(method, arguments):
    try:
        return {"ok": method(**arguments)}
    except Unavailable as reason:
        return {"unavailable": str(reason)}
    except Exception as error:  # whatever a client raises is an answer
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"[:500]}


class Journal:
    """Where a member that may be killed writes each record, before it can be committed: `partition offset value`."""

    def __init__(self, options):
        path = (options or {}).pop("journal", None)
        self.file = open(path, "ab", buffering=0) if path else None

    def write(self, records):
        if self.file and records:
            lines = (b"%d %d %s\n" % (record["partition"], record["offset"], content(record["value"])) for record in records)
            self.file.write(b"".join(lines))


def content(text):
    return None if text is None else base64.b64decode(text)


def text(content):
    return None if content is None else base64.b64encode(bytes(content)).decode()


def headers(packed):
    return [(name, content(value)) for name, value in packed]


def record(partition, offset, timestamp, key, value, headers):
    return {"partition": partition, "offset": offset, "timestamp": timestamp, "key": text(key), "value": text(value),
            "headers": [[name, text(value)] for name, value in headers or []]}
