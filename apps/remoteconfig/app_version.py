"""Versions of the app, and what an app of one of them should do."""

import re
from typing import Literal

NUMBERS = re.compile(r"\d{1,5}(\.\d{1,5}){0,3}", re.ASCII)

Update = Literal["none", "available", "required"]


def update(version: str, least: str | None, latest: str | None) -> Update:
    """For the app's own `version`, which is anybody's text: who tells none we know is left alone."""
    own = _numbers(version)
    if own is None:
        return "none"
    if least and own < _known(least):
        return "required"
    return "available" if latest and own < _known(latest) else "none"


def _numbers(version: str) -> tuple[int, ...] | None:
    """Of `1.4.0-beta+7` what stands before the suffix, four numbers long, so that 1.4 is 1.4.0."""
    found = NUMBERS.match(version)
    if found is None or version[found.end() : found.end() + 1] not in ("", "-", "+"):
        return None
    numbers = [int(part) for part in found[0].split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def _known(version: str) -> tuple[int, ...]:
    return _numbers(version) or (0, 0, 0, 0)
