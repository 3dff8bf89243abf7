"""What is handed out when a user asks for their data, told by the apps that keep it.

Each app registers its parts in a module `exported.py`; accounts knows no app above it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

# All the rows a user id owns, oldest first, read bit by bit; each is what a JSON object can say.
Rows = Callable[[int], Iterable[dict[str, Any]]]

_parts: dict[str, Rows] = {}


def register(name: str, rows: Rows) -> None:
    """`name` is the name of the file, without its ending."""
    _parts[name] = rows


def parts() -> Mapping[str, Rows]:
    return dict(sorted(_parts.items()))
