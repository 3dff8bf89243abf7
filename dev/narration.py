"""What a command tells while it works: a line per step with its time, a bar where there is a terminal to draw on."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass
class Step:
    title: str
    outcome: str = ""


@dataclass
class Narration:
    console: Console = field(default_factory=lambda: Console(file=sys.stdout, highlight=False))
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """The line appears when the step is done; on a terminal a spinner shows it is under way."""
        step, began = Step(title), time.monotonic()
        with self.console.status(title):
            yield step
        self.timed(title, began, step.outcome)

    def timed(self, title: str, began: float, outcome: str) -> None:
        self.say(f"{time.monotonic() - began:6.2f} s  {title}" + (f": {outcome}" if outcome else ""))

    @contextmanager
    def bar(self, title: str) -> Iterator["Bar"]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
        )
        hidden = not self.console.is_terminal
        with Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True, disable=hidden) as progress:
            yield Bar(self, title, progress)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        table = Table(*heads)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)


class Bar:
    def __init__(self, narration: Narration, title: str, progress: Progress) -> None:
        self.narration = narration
        self.title = title
        self.progress = progress
        self.task = progress.add_task(title, total=100)
        self.shown = ""

    def show(self, what: str, percent: int) -> None:
        self.progress.update(self.task, description=f"{self.title} ({what})", completed=percent)
        # Where nothing can be redrawn, a line for each new word is all that helps.
        if not self.narration.console.is_terminal and what != self.shown:
            self.narration.say(f"          {self.title}: {what}, {percent} %")
        self.shown = what
