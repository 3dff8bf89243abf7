"""What a token says before anybody believes it, and the forms we take: one spelling, each name once, whole seconds.

PyJWT takes padding, the last of two claims of one name, times that are strings or fractions, and times beyond what a
datetime can hold.
"""

import json
import re
from base64 import urlsafe_b64decode
from typing import Any

from jwt import InvalidTokenError

# Bytes; ours have about 500.
LARGEST_TOKEN = 4096
COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# The year 9999, in Unix seconds.
LAST_SECOND = 253_402_300_800


def header(token: bytes) -> Any:
    """Raises InvalidTokenError, ValueError, RecursionError."""
    if len(token) > LARGEST_TOKEN or not COMPACT.fullmatch(token):
        raise InvalidTokenError("not a compact token")
    return _segment(token, 0)


def claims(token: bytes) -> Any:
    """Of a token whose header was read. Raises as `header` does."""
    return _segment(token, 1)


def require_times(said: Any) -> None:
    times = (said.get("exp"), said.get("iat")) if isinstance(said, dict) else (None,)
    if any(type(time) is not int or not 0 <= time < LAST_SECOND for time in times):
        raise InvalidTokenError("no times of ours")


def _segment(token: bytes, place: int) -> Any:
    encoded = token.split(b".")[place]
    return json.loads(urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)), object_pairs_hook=_without_twins)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise InvalidTokenError("a name stands twice")
    return dict(pairs)
