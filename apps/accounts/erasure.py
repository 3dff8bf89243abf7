"""What has to be removed when a user is forgotten, told by the apps that keep it.

Each app registers its part in a module `erasure.py`, as it does its invariants; accounts knows no app above it.
"""

from collections.abc import Callable, Mapping

# Removes a bounded part of what is left of a user id, and returns whether nothing is left. It may be called again after
# it was interrupted anywhere. It runs outside any transaction; what it raises is tried again later.
Erase = Callable[[int], bool]

_parts: dict[str, Erase] = {}


def register(name: str, erase: Erase) -> None:
    _parts[name] = erase


def parts() -> Mapping[str, Erase]:
    return dict(_parts)
