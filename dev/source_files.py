"""Has somebody saved a source file?"""

from collections.abc import Iterable
from pathlib import Path


class SourceFiles:
    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = tuple(folders)
        self.seen = self._times()

    def changed(self) -> list[Path]:
        """Since the last call: changed, new and removed ones."""
        before, self.seen = self.seen, self._times()
        return sorted({path for path, _ in before.items() ^ self.seen.items()})

    def _times(self) -> dict[Path, int]:
        return {path: time for folder in self.folders for path in folder.rglob("*.py") if (time := _saved_at(path))}


def _saved_at(path: Path) -> int:
    """An editor may put a new file in the place of the old one, and for a moment there is none."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
