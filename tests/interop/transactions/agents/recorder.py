"""Writes a history (see ../history.py) as it happens: a line for each deed, handed to the system before the next."""

import json
import threading
import time


class Recorder:
    def __init__(self, path):
        self.file = open(path, "a")
        self.lock = threading.Lock()

    def write(self, who, did, transaction=None, **more):
        named = {"transaction": transaction} if transaction else {}
        with self.lock:
            # The time is taken inside, so that lines stand in the order of their times.
            self.file.write(json.dumps({"at": time.monotonic_ns(), "who": who, "did": did, **named, **more}) + "\n")
            self.file.flush()
