"""Where each process of a machine keeps its counts, so that one answer can tell the sum of them all.

A process takes the first slot that nobody holds and goes on counting where the last holder stopped. So a count survives
the process that made it, and a worker whose children are replaced every few hundred tasks needs no more files than it
has children. The system gives a lock back however a process ends.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

MOST_SLOTS = 512


class Slots:
    """Those of one folder; the processes may be in different containers that share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: IO[bytes] | None = None
        self._number = -1
        os.register_at_fork(after_in_child=self._begin_anew)

    def mine(self) -> int:
        """The number of this process's slot. Raises OSError when the folder cannot be used, or every slot is held."""
        if self._held is None:
            self._number, self._held = self._first_free()
        return self._number

    def _first_free(self) -> tuple[int, IO[bytes]]:
        for number in range(MOST_SLOTS):
            file = (self._folder / f"slot-{number}.lock").open("ab")
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
            else:
                return number, file
        raise OSError(f"{self._folder} has {MOST_SLOTS} slots, and every one is held")

    def _begin_anew(self) -> None:
        """A fork has the parent's file, but not its lock."""
        self._held = None
