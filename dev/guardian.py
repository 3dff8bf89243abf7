"""Ends what a launcher started when the launcher is gone, also after kill -9.

The launcher holds the other end of this process's standard input. The system closes it when the launcher dies, whatever
killed it; unlike a parent-death signal this reaches grandchildren, and works on every system.
Each line is `+ <pid> <signal>` for a child that was started or `- <pid>` for one that has ended.
"""

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 5.0


def guard() -> dict[int, int]:
    """Returns when the launcher is gone, with what it left behind."""
    children: dict[int, int] = {}
    for line in sys.stdin:
        verb, pid, *stop_signal = line.split()
        if verb == "+":
            children[int(pid)] = int(stop_signal[0])
        else:
            children.pop(int(pid), None)
    return children


def end(children: dict[int, int]) -> None:
    for pid, stop_signal in children.items():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, stop_signal)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(_lives, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in filter(_lives, children):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    end(guard())
