"""How often somebody may try to log in as staff; counted for all processes, and while Redis is away by each alone."""

from django.conf import settings
from django.http import HttpRequest

from apps.core import rate_limit
from apps.core.client_address import client_network
from apps.core.rate_limit import Limit

PER_NAME_AND_ADDRESS = Limit(5, 15 * 60)
PER_ADDRESS = Limit(20, 3600)
# From anywhere: it slows guessing by many machines, and a name that is attacked is let through again after a minute.
PER_NAME = Limit(60, 3600)
PER_CODE = Limit(5, 15 * 60)


def password_wait(request: HttpRequest, name: str) -> int:
    """Seconds to wait before the next try; 0 lets it through."""
    who, where = name.strip().lower()[:150], client_network(request)
    return _wait(
        (f"staff:{who}@{where}", PER_NAME_AND_ADDRESS), (f"staff:@{where}", PER_ADDRESS), (f"staff:{who}", PER_NAME)
    )


def code_wait(staff_id: object) -> int:
    return _wait((f"staff-code:{staff_id}", PER_CODE))


def _wait(*buckets: tuple[str, Limit]) -> int:
    if not settings.RATE_LIMITS_ENABLED:
        return 0
    standing = rate_limit.take(buckets, strict=True)
    return standing.wait_seconds if standing else 0
