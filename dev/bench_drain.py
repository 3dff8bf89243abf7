"""How fast workers empty a queue that was filled first, and what it costs them."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg

from dev.children import Child


class Workers(Protocol):
    """`done` is a query for how many tasks ended well after a Unix time, and when the last one did."""

    @property
    def children(self) -> Sequence[Child]: ...
    @property
    def database_url(self) -> str: ...
    @property
    def done(self) -> str: ...

    def fill(self, tasks: int) -> float:
        """Put so many into the queue, and tell when the workers could begin, in Unix seconds."""
        ...


@dataclass(frozen=True)
class Pace:
    """`cpu_ms` is the workers' own, for each task."""

    per_second: float
    cpu_ms: float


def drained(workers: Workers, tasks: int) -> Pace:
    used = _cpu_seconds(workers)
    opened = workers.fill(tasks)
    ended = _end(workers, opened, tasks)
    return Pace(tasks / (ended - opened), (_cpu_seconds(workers) - used) / tasks * 1000)


def _end(workers: Workers, opened: float, tasks: int) -> float:
    with psycopg.connect(workers.database_url, autocommit=True) as connection:
        while True:
            made, last = connection.execute(workers.done.encode(), [opened]).fetchone() or (0, 0)
            if made >= tasks:
                return float(last)
            time.sleep(0.05)
            for child in workers.children:
                child.require_alive()


def _cpu_seconds(workers: Workers) -> float:
    return sum(_of_tree(child.process.pid) for child in workers.children)


def _of_tree(pid: int) -> float:
    """With what its ended children used."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children_of = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        return own + sum(_of_tree(int(child)) for child in children_of)
    return 0.0
