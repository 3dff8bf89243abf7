"""How often is too often: token buckets that all processes share, in Redis; while that is away, in this process.

A bucket is the moment at which it will be full again (the generic cell rate algorithm): so one number is all there is
to store, and all buckets of a request are looked at and taken from in one atomic call, or none is.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from threading import Lock

import redis
from django.conf import settings
from structlog import get_logger

from apps.core.redis_script import Script, ScriptLink

SECONDS = {"s": 1, "min": 60, "hour": 3600, "day": 86_400}
# A limit must not make anybody wait for it.
REDIS_SECONDS = 0.25
LEFT_ALONE_SECONDS = 5.0
MOST_LOCAL_BUCKETS = 10_000

TAKE = Script("""
local now = tonumber(ARGV[1])
local full_at, longest = {}, 0
for i, key in ipairs(KEYS) do
  local interval, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local before = math.min(math.max(tonumber(redis.call('GET', key) or now), now), now + window)
  full_at[i] = before + interval
  longest = math.max(longest, full_at[i] - window - now)
end
local answer = {}
for i, key in ipairs(KEYS) do
  if longest <= 0 then
    redis.call('SET', key, string.format('%d', full_at[i]), 'PX', full_at[i] - now)
  end
  answer[i] = string.format('%d', full_at[i])
end
return answer
""")

log = get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    times: int
    window_seconds: int

    @cached_property
    def window_ms(self) -> int:
        return self.window_seconds * 1000

    @cached_property
    def interval_ms(self) -> int:
        """Whole, as all of the arithmetic: a rounding must not refuse who is in time."""
        return max(self.window_ms // self.times, 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the bucket that has least left. `wait_seconds` is 0 for who is let in."""

    limit: Limit
    remaining: int
    reset_seconds: int
    wait_seconds: int


def limits(text: str) -> list[Limit]:
    """`10/min+100/hour`. Raises ValueError."""
    found = []
    for part in text.split("+"):
        times, _, unit = part.strip().partition("/")
        if not times.isdecimal() or not int(times) or unit not in SECONDS:
            raise ValueError(f"a rate limit is like 10/min+100/hour, of {', '.join(SECONDS)}; not {text!r}")
        found.append(Limit(int(times), SECONDS[unit]))
    return found


def take(buckets: Sequence[tuple[str, Limit]], *, strict: bool) -> Standing | None:
    """One from each bucket, or none from any. While Redis is away: None, or if `strict`, by what this process knows."""
    now_ms = time.time_ns() // 1_000_000
    shared = _shared(settings.REDIS_URL)
    full_at = shared.take(buckets, now_ms)
    if full_at is None and strict:
        full_at = shared.local.take(buckets, now_ms)
    return None if full_at is None else _standing(buckets, full_at, now_ms)


@dataclass
class LocalBuckets:
    """The same arithmetic without Redis; the buckets that were used longest ago are forgotten first."""

    full_at: OrderedDict[str, int] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def take(self, buckets: Sequence[tuple[str, Limit]], now_ms: int) -> list[int]:
        with self.lock:
            full_at = [self._full_at(name, limit, now_ms) + limit.interval_ms for name, limit in buckets]
            if all(at - limit.window_ms <= now_ms for at, (_, limit) in zip(full_at, buckets, strict=True)):
                self._remember(buckets, full_at)
        return full_at

    def _full_at(self, name: str, limit: Limit, now_ms: int) -> int:
        return min(max(self.full_at.get(_key(name, limit), now_ms), now_ms), now_ms + limit.window_ms)

    def _remember(self, buckets: Sequence[tuple[str, Limit]], full_at: list[int]) -> None:
        for (name, limit), at in zip(buckets, full_at, strict=True):
            self.full_at[_key(name, limit)] = at
            self.full_at.move_to_end(_key(name, limit))
        while len(self.full_at) > MOST_LOCAL_BUCKETS:
            self.full_at.popitem(last=False)


class SharedBuckets:
    def __init__(self, url: str) -> None:
        self._link = ScriptLink(url, REDIS_SECONDS)
        self._asked_again_at = 0.0
        self.local = LocalBuckets()

    def take(self, buckets: Sequence[tuple[str, Limit]], now_ms: int) -> list[int] | None:
        """None while Redis is away; then it is left alone for some seconds, so that few requests wait for it."""
        if time.monotonic() < self._asked_again_at:
            return None
        keys = [_key(name, limit) for name, limit in buckets]
        arguments = [now_ms, *(value for _, limit in buckets for value in (limit.interval_ms, limit.window_ms))]
        try:
            answer = self._link.run(TAKE, keys, *arguments)
        except redis.RedisError as error:
            self._asked_again_at = time.monotonic() + LEFT_ALONE_SECONDS
            log.warning("rate limits are not shared: Redis does not answer", error=str(error))
            return None
        return [int(at) for at in answer]


@cache
def _shared(url: str) -> SharedBuckets:
    return SharedBuckets(url)


def _key(name: str, limit: Limit) -> str:
    return f"rate:{name}:{limit.times}/{limit.window_seconds}"


def _standing(buckets: Sequence[tuple[str, Limit]], full_at: Sequence[int], now_ms: int) -> Standing:
    standings = [_of_one(limit, at, now_ms) for (_, limit), at in zip(buckets, full_at, strict=True)]
    return max(standings, key=lambda standing: (standing.wait_seconds, -standing.remaining))


def _of_one(limit: Limit, full_at: int, now_ms: int) -> Standing:
    wait_ms = full_at - limit.window_ms - now_ms
    if wait_ms > 0:
        wait = math.ceil(wait_ms / 1000)
        return Standing(limit, 0, wait, wait)
    remaining = (now_ms + limit.window_ms - full_at) // limit.interval_ms
    return Standing(limit, remaining, math.ceil((full_at - now_ms) / 1000), 0)
