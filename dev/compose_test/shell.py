"""Commands of others, with a time limit and all they say in a log."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.failure import Failure
from dev.project import ROOT

LAST_LINES = 12


@dataclass(frozen=True)
class Shell:
    log: Path
    env: Mapping[str, str]

    def run(self, command: Sequence[str | Path], *, seconds: float = 600, accept_failure: bool = False) -> str:
        """What it says on standard output. Raises Failure with its last words."""
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise Failure(f"{command[0]} {command[1]} takes longer than {seconds:.0f} s: read {self.log}") from error
        self._note(command, done)
        if done.returncode != 0 and not accept_failure:
            last = "\n".join((done.stdout + done.stderr).splitlines()[-LAST_LINES:])
            raise Failure(f"{Path(command[0]).name} {command[1]} failed, all of it is in {self.log}:\n{last}")
        return done.stdout

    def succeeds(self, command: Sequence[str | Path], *, seconds: float = 60) -> bool:
        try:
            self.run(command, seconds=seconds)
        except (Failure, FileNotFoundError):
            return False
        return True

    def _note(self, command: Sequence[str | Path], done: subprocess.CompletedProcess[str]) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(map(str, command))}\n{done.stdout}{done.stderr}= {done.returncode}\n")
