"""What every broker that the suites start has in common: a directory, a port, a process and what it wrote."""

import shutil
import signal
import tempfile
from pathlib import Path

from harness import processes, wire


class NotReady(Exception):
    """A broker that did not come up; carries the end of what it wrote."""


class Started:
    """A process with an `address` that can be stopped, killed and started again on its directory and port."""

    name = "broker"

    def __init__(self, folder=None, port=None):
        self.folder = Path(folder or tempfile.mkdtemp(prefix=f"interop-{self.name}-"))
        self.temporary = folder is None
        self.data_dir = self.folder / "data"
        self.log = self.folder / "log"
        self.port = port or processes.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.child = None
        self.through = []  # words before the command line that starts it

    @property
    def pid(self):
        return self.child.pid

    @property
    def runs(self):
        return self.child is not None and self.child.poll() is None

    def stop(self):
        """An orderly stop; returns the exit code."""
        return processes.end(self.child)

    def kill(self):
        """kill -9, and the process is gone when this returns."""
        return processes.end(self.child, signal.SIGKILL)

    def close(self):
        """Ends the broker and removes its directory if it was a temporary one."""
        if self.child:
            self.stop()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def await_leaders(self, timeout):
        """Waits until Metadata is answered, with a leader for every partition."""
        def every_partition_has_a_leader():
            topics = wire.metadata(self.address, timeout=2)
            return all(leader >= 0 for topic in topics for _, leader, _ in topic.leaders.values())
        self.await_that(every_partition_has_a_leader, timeout, "ready")

    def await_that(self, answered, timeout, what):
        """Waits for an answer over the wire; while the broker cannot give one it may not have ended."""
        def so():
            if not self.runs:
                raise NotReady(f"{self.name} ended with code {self.child.returncode}: {self.last_words()}")
            try:
                return answered()
            except (OSError, ValueError):
                return False
        try:
            processes.until(so, timeout, f"{self.name} {what}", pause=0.05)
        except TimeoutError as late:
            raise NotReady(f"{late}: {self.last_words()}") from None

    def last_words(self):
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else "(nothing written)"
