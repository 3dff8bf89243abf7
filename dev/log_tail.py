"""Several log files as one stream, each line under the name of its process."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLOURS = ("cyan", "green", "magenta")


@dataclass
class Tail:
    name: str
    path: Path
    position: int = 0
    rest: bytes = b""

    def new_lines(self) -> list[str]:
        """Whole lines only: a process may be in the middle of the last one."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as log:
            log.seek(self.position)
            added = log.read()
        self.position += len(added)
        *lines, self.rest = (self.rest + added).split(b"\n")
        return [line.decode(errors="replace").rstrip() for line in lines]


class LogTail:
    def __init__(self, logs: dict[str, Path], console: Console, *, without: str) -> None:
        """Lines that have `without` in them are in the files only."""
        self.without = without
        self.tails = [Tail(name, path) for name, path in logs.items()]
        self.console = console
        self.width = max(map(len, logs))

    def show_new(self) -> None:
        for tail, colour in zip(self.tails, COLOURS, strict=False):
            for line in tail.new_lines():
                if self.without not in line:
                    self.console.print(Text.assemble((f"{tail.name:<{self.width}} | ", colour), line), soft_wrap=True)
