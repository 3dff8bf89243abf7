"""Processes that some earlier run started: is it still that one, and how to end it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
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


def group(leader: int) -> list[int]:
    """The processes of the group that `leader` began, itself among them; without those that have ended."""
    rows = _from_proc() if Path("/proc/self").exists() else _from_ps()
    return sorted(pid for pid, pgid, state in rows if pgid == leader and not state.startswith("Z"))


def _from_proc() -> Iterator[tuple[int, int, str]]:
    """Process, group, state."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            # The name stands in brackets, and may hold anything.
            state, _, pgid = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            yield int(stat.parent.name), int(pgid), state


def _from_ps() -> Iterator[tuple[int, int, str]]:
    told = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True).stdout
    for line in told.splitlines():
        pid, pgid, state = line.split()
        yield int(pid), int(pgid), state


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
