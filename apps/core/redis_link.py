"""Redis for what may be done without it: short patience, one try more for a connection that had gone, no waiting.

Redis answers in less than a millisecond or is in trouble; whoever asks has something to do instead.
"""

from functools import cache

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

HEALTH_CHECK_SECONDS = 30


@cache
def client(url: str, seconds: float) -> "redis.Redis":
    """One for each address in a process; its calls take so long at most, twice that with a new connection."""
    return redis.Redis.from_url(
        url,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        socket_keepalive=True,
        health_check_interval=HEALTH_CHECK_SECONDS,
        # A silent server is not asked again: the time-out was the patience.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
