"""What an earlier run left behind when somebody killed both it and its guardian."""

import json
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dev import process_table
from dev.children import Child


def remember(children: Iterable[Child], note: Path) -> None:
    note.write_text(json.dumps({str(child.process.pid): child.command for child in children}))


def end_leftovers(note: Path) -> None:
    """A number alone may be another process by now; with the same command line it is ours."""
    if not note.exists():
        return
    for pid, command in json.loads(note.read_text()).items():
        if process_table.command_line(int(pid)).split() == command.split():
            with suppress(ProcessLookupError):
                os.killpg(int(pid), signal.SIGKILL)
    note.unlink()
