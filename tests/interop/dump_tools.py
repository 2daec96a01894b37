"""Apache's kafka-dump-log and kavka's on the same files: standard output, standard error and exit code."""

import difflib
import re
import tempfile

from harness import java, packages, processes
from harness.apache_tools import ApacheTools

DECODERS = {"__consumer_offsets": "--offsets-decoder", "__transaction_state": "--transaction-log-decoder",
            "__cluster_metadata": "--cluster-metadata-decoder", "__share_group_state": "--share-group-state-decoder"}
LOGS, INDEXES = (".log", ".checkpoint"), (".index", ".timeindex", ".txnindex")
TRACE = re.compile(r"\s+at |Caused by: |\s+\.\.\. \d+ more|\s+Suppressed: ")
# What the tools end at: a file whose name has no dot.
WITHOUT_KIND = re.compile(r"^[^.]*$")


class DumpTools:
    """Both tools; Apache's in one warm JVM."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="interop-dump-")
        self.apache = ApacheTools(self.folder.name)
        self.main = java.main_class("kafka-dump-log.sh")

    def close(self):
        self.apache.close()
        self.folder.cleanup()

    def difference(self, *arguments):
        """What differs between the two, in words; nothing if nothing does."""
        code, out, err = self.apache.start(self.main, *map(str, arguments)).outcome()
        done = processes.run([packages.kavka(), "kafka-dump-log.sh", *arguments], timeout=120, cwd=self.folder.name)
        sides = [("exit code", str(code), str(done.returncode)), ("stdout", _text(out), _text(done.stdout)),
                 ("stderr", _without_trace(err), _without_trace(done.stderr))]
        for name, theirs, ours in sides:
            if theirs != ours:
                lines = difflib.unified_diff(theirs.split("\n"), ours.split("\n"), "Apache's", "kavka's", lineterm="", n=0)
                return f"{name} of {' '.join(map(str, arguments))}: " + "\n".join(list(lines)[:6])
        return None

    def by_folder(self, data_dir):
        """All files of a folder in one call, with what their records hold: a call for each folder."""
        for folder in sorted({file.parent for file in _files(data_dir)}):
            files = sorted((file for file in _files(folder) if file.parent == folder), key=lambda file: bool(WITHOUT_KIND.match(file.name)))
            yield self.difference(decoder(folder), "--files", ",".join(map(str, files)))

    def by_file(self, data_dir):
        """Each file alone, in every manner that there is for its kind."""
        for file in _files(data_dir):
            for options in manners(file):
                yield self.difference(*options, "--files", file)


def manners(file):
    if file.suffix in LOGS and file.stat().st_size:
        return [[], ["--deep-iteration"], [decoder(file.parent)], ["--print-data-log", "--skip-record-metadata"],
                ["--deep-iteration", "--max-bytes", "300"]]
    if file.suffix in INDEXES:
        return [[], ["--verify-index-only"], ["--index-sanity-check"]]
    return [[]]


def decoder(folder):
    return DECODERS.get(folder.name.rpartition("-")[0], "--print-data-log")


def _files(folder):
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _text(stream):
    return stream.decode(errors="backslashreplace")


def _without_trace(stderr):
    return "\n".join(line for line in _text(stderr).split("\n") if not TRACE.match(line))
