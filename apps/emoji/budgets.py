"""How often an account may be called, shared by every process: a window of calls in Redis, by Redis's own clock.

In any window at most so many calls are let through, so a limit holds whatever the number of workers. A Redis that has
forgotten everything begins with a full window, and so does one whose clock was set back. While Redis is away, each
process keeps to its own share of the limit.
"""

import time
from enum import StrEnum
from functools import cache
from threading import Lock
from typing import Any

import redis
from django.conf import settings
from structlog import get_logger

from apps.core.redis_script import Script, ScriptLink

# A call reaches the vendor a little later than it is let through, and not each by the same delay.
MARGIN = 1.1
MICROSECONDS = 1_000_000
TIMEOUT_SECONDS = 0.5
LEAVE_ALONE_SECONDS = 5.0

# KEYS: the moments of the last calls, until when nobody may call, since when this Redis has counted.
# ARGV: calls in a window, the window in microseconds. The answer is the wait in microseconds; 0 lets the call through.
TAKE = Script("""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local latest = tonumber(redis.call('LINDEX', KEYS[1], 0) or 0)
local since = tonumber(redis.call('GET', KEYS[3]) or 0)
-- The clock was set back: when those calls were, and how long the pause still is, nobody knows.
if math.max(latest, since) > now then
    redis.call('DEL', KEYS[1], KEYS[2])
    since = 0
end
local paused = tonumber(redis.call('GET', KEYS[2]) or 0)
if paused > now then return paused - now end
if since == 0 then
    since = now
    redis.call('SET', KEYS[3], string.format('%.0f', now))
end
if since + window > now then return since + window - now end
local oldest = tonumber(redis.call('LINDEX', KEYS[1], most - 1) or 0)
if oldest + window > now then return oldest + window - now end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
""")
# KEYS: until when nobody may call. ARGV: microseconds. A longer pause stays.
PAUSE = Script("""
local clock = redis.call('TIME')
local ends = clock[1] * 1000000 + clock[2] + tonumber(ARGV[1])
if ends > tonumber(redis.call('GET', KEYS[1]) or 0) then
    redis.call('SET', KEYS[1], string.format('%.0f', ends), 'PX', math.ceil(tonumber(ARGV[1]) / 1000))
end
""")
# KEYS: the moments of the last calls. ARGV: the window in microseconds. The answer is how many of them are in it.
USED = Script("""
local clock = redis.call('TIME')
local since = clock[1] * 1000000 + clock[2] - tonumber(ARGV[1])
local made = 0
for _, moment in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
    if tonumber(moment) > since then made = made + 1 end
end
return made
""")

log = get_logger(__name__)


class Call(StrEnum):
    """The kinds of calls that the vendor counts apart."""

    DETECTION = "detection"
    SUBMISSION = "submission"
    LOOK_UP = "look_up"


def take(account: str, call: Call, per_second: float) -> float:
    """Let one call through: 0, or the seconds to wait before asking again."""
    most = max(1, int(per_second))
    window = most / per_second * MARGIN
    try:
        waited = _run(TAKE, [_key(account, call, part) for part in ("calls", "pause", "since")], most, _us(window))
    except redis.RedisError as error:
        log.warning("Redis does not count the provider's calls; each process keeps to its share", error=str(error))
        return _share.wait(_key(account, call, "share"), settings.PROVIDER_PROCESSES / per_second * MARGIN)
    _share.forget()
    return int(waited) / MICROSECONDS


def pause(account: str, call: Call, seconds: float) -> None:
    """The vendor said "too fast": nobody makes this kind of call for so long."""
    try:
        _run(PAUSE, [_key(account, call, "pause")], _us(seconds))
    except redis.RedisError as error:
        log.warning("the other processes do not learn of the provider's throttling", error=str(error))
    _share.pause(_key(account, call, "share"), seconds)


def used(account: str, call: Call, per_second: float) -> float:
    """The share of the window's calls that were made, 0 to 1. Raises RedisError."""
    most = max(1, int(per_second))
    window = most / per_second * MARGIN
    return float(_run(USED, [_key(account, call, "calls")], _us(window))) / most


class _LocalShare:
    """One call in each interval, in this process; the first one waits too, for Redis may just have let others through.

    Redis is left alone for a while after it was silent, so that its time-out is not paid for each call.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._free_at: dict[str, float] = {}
        self.redis_is_away_until = 0.0

    def wait(self, key: str, interval: float) -> float:
        now = time.monotonic()
        with self._lock:
            free_at = self._free_at.setdefault(key, now + interval)
            if free_at > now:
                return free_at - now
            self._free_at[key] = now + interval
            return 0

    def pause(self, key: str, seconds: float) -> None:
        with self._lock:
            self._free_at[key] = max(self._free_at.get(key, 0.0), time.monotonic() + seconds)

    def forget(self) -> None:
        with self._lock:
            self._free_at.clear()
            self.redis_is_away_until = 0.0


_share = _LocalShare()


def _us(seconds: float) -> int:
    return int(seconds * MICROSECONDS)


def _run(script: Script, keys: list[str], *arguments: int) -> Any:
    """Raises RedisError."""
    if time.monotonic() < _share.redis_is_away_until:
        raise redis.ConnectionError("silent a moment ago")
    try:
        return _link(settings.REDIS_URL).run(script, keys, *arguments)
    except redis.RedisError:
        _share.redis_is_away_until = time.monotonic() + LEAVE_ALONE_SECONDS
        raise


@cache
def _link(url: str) -> ScriptLink:
    return ScriptLink(url, TIMEOUT_SECONDS)


def _key(account: str, call: Call, part: str) -> str:
    return f"pickitchen:provider:{account}:{call}:{part}"
