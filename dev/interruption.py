"""Ctrl-C and SIGTERM end a command in an orderly way: never while a child is being started, never twice."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


class Interrupted(BaseException):
    """No Exception: code that retries on errors must not swallow it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum

    @property
    def exit_code(self) -> int:
        return 128 + self.signum


class _Interruption:
    def __init__(self) -> None:
        self.depth = 0
        self.waiting: int | None = None

    def arrive(self, signum: int, _: FrameType | None) -> None:
        if self.depth:
            self.waiting = signum
        else:
            raise Interrupted(signum)

    def deliver(self) -> None:
        if self.waiting is not None and not self.depth:
            signum, self.waiting = self.waiting, None
            raise Interrupted(signum)


_interruption = _Interruption()


def listen() -> None:
    for signum in ENDING:
        signal.signal(signum, _interruption.arrive)
    # A killed `make` would leave this process without anybody to stop it.
    if sys.platform == "linux" and "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def held() -> Iterator[None]:
    """A signal that arrives inside waits until the outermost block ends."""
    _interruption.depth += 1
    try:
        yield
    finally:
        _interruption.depth -= 1
    _interruption.deliver()
