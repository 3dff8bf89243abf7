"""Money moves in small steps: a number of points that becomes ten times what it was, or a tenth, must be confirmed.

Zero, less than zero and null are not a matter of confirmation: the bounds of the schema refuse them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.remoteconfig.document import CONFIRM, Document, InvalidConfig, Values, cleaned
from apps.remoteconfig.kinds import Problem
from apps.remoteconfig.schema import BY_PATH

TOO_MANY_TIMES = 10
EMOJI, VIP_EMOJI = "points_rules.emoji", "points_rules.emoji_vip"


@dataclass(frozen=True)
class Leap:
    """A change of so many points that it may be a slip."""

    path: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.path} would go from {self.before} to {self.after} points"


def leaps(before: Values, after: Values) -> list[Leap]:
    """Between two sets of values; keys and packs that only one of them has are no leap."""
    old, new = dict(_points(before)), dict(_points(after))
    if VIP_EMOJI in old.keys() ^ new.keys():
        # VIPs without a price of their own pay what all pay.
        old, new = ({VIP_EMOJI: points.get(EMOJI, 0), **points} for points in (old, new))
    pairs = [Leap(path, old[path], new[path]) for path in old.keys() & new.keys()]
    return sorted((pair for pair in pairs if _is_far(pair.before, pair.after)), key=lambda leap: leap.path)


def refuse_unconfirmed(before: Values, below: Values, document: Document) -> None:
    """`below` are the values of keys that the document does not name, also of those it no longer names.

    Raises InvalidConfig. A confirmation names path and new value, so it confirms nothing else when it is left in.
    """
    problems = [
        Problem(leap.path, f'{leap}: confirm it with "{CONFIRM}": {{"{leap.path}": {leap.after}}}')
        for leap in leaps(before, {**below, **document.values})
        if document.confirmed.get(leap.path) != leap.after
    ]
    if problems:
        raise InvalidConfig(problems)


def _is_far(before: int, after: int) -> bool:
    return after >= before * TOO_MANY_TIMES or before >= after * TOO_MANY_TIMES


def _points(values: Values) -> Iterator[tuple[str, int]]:
    guarded = cleaned({path: value for path, value in values.items() if BY_PATH[path].guarded})
    for path, value in guarded.items():
        if isinstance(value, dict):
            yield from ((f"{path}.{name}", pack["points"]) for name, pack in value.items())
        elif value is not None:
            yield path, value
