"""Which buckets a request takes from (contract 1). A view names its bucket by action in `rate_buckets`."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.core import rate_limit
from apps.core.client_address import client_network
from apps.core.errors import DomainError, RateLimited
from apps.core.rate_limit import Limit, Standing

# `bucket.subject`: each applies to requests that have such a subject. The setting RATE_LIMITS replaces single ones.
DEFAULTS = {
    "login.address": "10/min+100/hour",
    # Together with the address, else whoever knows a device's id could lock its owner out.
    "login.device": "5/min",
    "refresh.address": "300/min",
    # By whatever token of it: each refresh brings another one.
    "refresh.session": "30/min",
    "reads.user": "120/min",
    "reads.stranger": "600/min",
    "writes.user": "60/min",
    "writes.stranger": "60/min",
    "config.address": "60/min",
    "task_poll.object": "60/min",
    # Of all tasks together, also of those that do not exist: more than the most that a user has open.
    "task_poll.user": "600/min",
    "upload_ticket.user": "20/min+100/day",
    "detection.user": "10/min",
    "task_create.user": "6/min",
    "cancel.user": "10/min+20/day",
    "report.user": "20/day",
    "sync.user": "5/min",
    "profile.user": "20/min",
    # Each is a photo to decode and a copy to keep.
    "avatar.user": "30/day",
    # Each change of mind is kept for ever.
    "consent.user": "10/min",
    # Never RevenueCat's own: only who shows a wrong secret.
    "webhook_refused.address": "600/min",
}
# While Redis is away guessing must not become free, nor what fills the photo store or asks RevenueCat. Orders and
# checks of photos have daily limits in the database.
STRICT = frozenset({"login", "refresh", "webhook_refused", "upload_ticket", "avatar", "sync"})


class BucketThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        """Raises RateLimited."""
        require_room(bucket_of(view, str(request.method)), request, view)
        return True


class RateLimitHeadersMiddleware:
    """How the caller stands, on every answer of a limited route."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        standing: Standing | None = getattr(request, "rate_standing", None)
        if standing:
            response["RateLimit-Limit"] = str(standing.limit.times)
            response["RateLimit-Remaining"] = str(standing.remaining)
            response["RateLimit-Reset"] = str(standing.reset_seconds)
        return response


def bucket_of(view: Any, method: str) -> str:
    named: str | None = getattr(view, "rate_buckets", {}).get(getattr(view, "action", None))
    return named or ("reads" if method in ("GET", "HEAD", "OPTIONS") else "writes")


def limits_of(bucket: str) -> Mapping[str, Sequence[Limit]]:
    """By subject."""
    return _all(tuple(settings.RATE_LIMITS.items()))[bucket]


def require_room(bucket: str, request: Request, view: Any = None) -> None:
    """One of each of the bucket's limits. Raises RateLimited, and what is wrong with a body that it looks into."""
    if not settings.RATE_LIMITS_ENABLED:
        return
    buckets, unreadable = _buckets(bucket, request, view)
    standing = rate_limit.take(buckets, strict=bucket in STRICT) if buckets else None
    request._request.rate_standing = standing  # type: ignore[attr-defined]  # for the middleware
    if standing and standing.wait_seconds:
        raise RateLimited(standing.limit.times, standing.limit.window_seconds, standing.wait_seconds)
    if unreadable:
        raise unreadable


def _buckets(bucket: str, request: Request, view: Any) -> tuple[list[tuple[str, Limit]], Exception | None]:
    """Who sends a body that cannot be read is counted by the rest. The error comes once only: a second look at the same
    body would find an empty one."""
    found: list[tuple[str, Limit]] = []
    unreadable: Exception | None = None
    for kind, limits in limits_of(bucket).items():
        try:
            subject = SUBJECTS[kind](request, view)
        except (DomainError, APIException, SuspiciousOperation) as error:
            subject, unreadable = "", error
        found += [(f"{bucket}:{kind}:{subject}", limit) for limit in limits if subject]
    return found, unreadable


@cache
def _all(changed: tuple[tuple[str, str], ...]) -> Mapping[str, Mapping[str, Sequence[Limit]]]:
    """By bucket and subject. Raises ValueError for a name or a limit that is none."""
    unknown = dict(changed).keys() - DEFAULTS.keys()
    if unknown:
        raise ValueError(f"RATE_LIMITS has no {', '.join(sorted(unknown))}")
    found: dict[str, dict[str, Sequence[Limit]]] = {}
    for name, text in (DEFAULTS | dict(changed)).items():
        bucket, _, subject = name.partition(".")
        found.setdefault(bucket, {})[subject] = rate_limit.limits(text)
    return found


def _user(request: Request, _: Any) -> str:
    return str(request.user.pk) if request.user else ""


def _address(request: Request, _: Any) -> str:
    return client_network(request._request)


def _stranger(request: Request, view: Any) -> str:
    return "" if request.user else _address(request, view)


def _object(request: Request, view: Any) -> str:
    return f"{_user(request, view)}:{view.kwargs['pk']}"


def _device(request: Request, view: Any) -> str:
    return f"{_hashed(request, 'device_id')}:{_address(request, view)}"


def _session(request: Request, view: Any) -> str:
    """Only the view knows which session a token is of."""
    return str(view.session_id_shown(request) or "")


def _hashed(request: Request, name: str) -> str:
    """What identifies somebody does not stand in Redis."""
    sent = request.data.get(name, "") if isinstance(request.data, dict) else ""
    return hashlib.sha256(str(sent).encode()).hexdigest()[:32]


SUBJECTS: dict[str, Callable[[Request, Any], str]] = {
    "user": _user,
    "address": _address,
    "stranger": _stranger,
    "object": _object,
    "device": _device,
    "session": _session,
}
