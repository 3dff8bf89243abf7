"""The processes a command starts: each in a session of its own, each with a log, none left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dev import guardian, interruption
from dev.failure import Failure

# A session of its own keeps the terminal's Ctrl-C away from the children: they are stopped in order instead.
OWN_SESSION: dict[str, Any] = {"start_new_session": True}


@dataclass(eq=False)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals
    grace_seconds: float

    @property
    def command(self) -> str:
        arguments = self.process.args
        return " ".join(map(str, arguments)) if isinstance(arguments, Sequence) else str(arguments)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def require_alive(self) -> None:
        if self.ended:
            raise Failure(f"{self.name} ended with exit code {self.process.returncode}: read {self.log}")

    def ask_to_stop(self) -> None:
        if not self.ended:
            self.process.send_signal(self.stop_signal)

    def wait_or_kill(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.grace_seconds)
        # Also when the leader has ended: what it started may not have.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Children:
    watch: subprocess.Popen[str]
    running: list[Child] = field(default_factory=list)

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_seconds: float = 10,
        keep_log: bool = False,
        **popen: Any,
    ) -> Child:
        """What the child writes goes to `log`, unless `stdout` says otherwise."""
        with interruption.held(), _opened(log, keep_log) as output:
            usual = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
            process = subprocess.Popen(command, env=env, **{**usual, **OWN_SESSION, **popen})
            child = Child(name, process, log, stop_signal, grace_seconds)
            self.running.append(child)
            self._tell(f"+ {child.process.pid} {int(stop_signal)}")
        return child

    def stop(self, *children: Child) -> None:
        """All are asked at once, then waited for one after the other."""
        with interruption.held():
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.wait_or_kill()
                self._forget(child)

    def stop_all(self) -> None:
        with interruption.held():
            # The youngest first: it may need the others to end well.
            for child in reversed(self.running[:]):
                self.stop(child)

    def require_alive(self) -> None:
        for child in self.running:
            child.require_alive()

    def pause(self, seconds: float) -> None:
        """Sleep, and notice a child that has died."""
        time.sleep(seconds)
        self.require_alive()

    def _forget(self, child: Child) -> None:
        self.running.remove(child)
        self._tell(f"- {child.process.pid}")

    def _tell(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(line, file=self.watch.stdin, flush=True)


@contextmanager
def children() -> Iterator[Children]:
    with interruption.held():
        family = Children(_start_guardian())
    try:
        yield family
    finally:
        with interruption.held():
            family.stop_all()
            family.watch.communicate()


def _start_guardian() -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-S", guardian.__file__]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd="/", start_new_session=True)


def _opened(log: Path, keep: bool) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    if not keep:
        log.unlink(missing_ok=True)
    return log.open("ab")
