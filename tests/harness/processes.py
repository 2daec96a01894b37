"""Child processes that never outlive the run.

Every process is started here, ended by its own id, and ended also when the run fails, is interrupted, or (on
Linux) is killed. The environment handed on is free of KAFKA_* and KAVKA_*, so that no client meets a cluster that
was meant for somebody else.
"""

import atexit
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_running = set()


def environment(**extra):
    """The environment for clients and brokers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA_", "KAVKA_"))}
    return {**kept, **extra}


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(argv, **options):
    """Starts a process that ends with this one. Options are those of `subprocess.Popen`."""
    # The parent-death signal follows the starting thread, which must therefore be the one that lives longest.
    on_main_thread = threading.current_thread() is threading.main_thread()
    preexec = _die_with_parent if _libc and on_main_thread else None
    options.setdefault("env", environment())
    child = subprocess.Popen([str(word) for word in argv], preexec_fn=preexec, **options)
    _running.add(child)
    return child


def run(argv, stdin=None, timeout=120, **options):
    """Runs a process to its end; bytes in, bytes out. A process over its time is killed and raises TimeoutExpired."""
    child = start(argv, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    try:
        out, err = child.communicate(stdin, timeout=timeout)
    finally:
        end(child, signal.SIGKILL)
    return subprocess.CompletedProcess(argv, child.returncode, out, err)


def end(child, how=signal.SIGTERM, patience=20):
    """Ends one process: by the signal given, by SIGKILL when that does not help. Returns its exit code."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    _running.discard(child)
    return child.returncode


def end_all():
    for child in list(_running):
        end(child, patience=5)


def end_with(signum, _frame):
    sys.exit(128 + signum)


atexit.register(end_all)
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGTERM, end_with)


def free_port():
    """A loopback port nobody listens on, below the ephemeral range: a client polling a dead port inside that range
    can connect to itself."""
    while True:
        port = random.randint(10000, 31999)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def until(condition, timeout, what, pause=0.02):
    """Waits until `condition()` is true and returns what it returned."""
    deadline = time.monotonic() + timeout
    while True:
        outcome = condition()
        if outcome:
            return outcome
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(pause)


def resident_bytes(pid):
    """Resident memory of a process."""
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
