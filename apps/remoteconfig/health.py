"""The health of the values in use: all of them come from where they should."""

from apps.core.health import Check, register
from apps.remoteconfig import live, values

SECOND_BEST = ("fallback", "last_good")


def is_as_wanted() -> bool:
    """False while Nacos does not answer, and while something that was to be used is not."""
    values.current()
    now = live.snapshot()
    return now.source not in SECOND_BEST and not now.problems


register(Check("config", is_as_wanted))
