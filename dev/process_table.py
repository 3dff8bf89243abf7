"""Processes that some earlier run started: is it still that one, and how to end it."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from dev.failure import Failure

SECONDS_PER_SIGNAL = 10.0


def command_line(pid: int) -> str:
    """Empty when there is no such process."""
    if pid <= 0:
        return ""
    if Path("/proc/self").exists():
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def lives(pid: int) -> bool:
    """A zombie does not: it has ended, and waits for its parent to take notice."""
    return bool(command_line(pid))


def stop(pid: int, *signals: signal.Signals) -> None:
    """Each signal gets its time before the next, harder one."""
    for signum in signals:
        with suppress(ProcessLookupError):
            os.kill(pid, signum)
        deadline = time.monotonic() + SECONDS_PER_SIGNAL
        while lives(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not lives(pid):
            return
    raise Failure(f"process {pid}, left by an earlier run, does not end: stop it by hand (kill -9 {pid})")
