"""Whose request this is, as soon as that is known, for log lines and error reports."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.http import HttpRequest
from django.utils.functional import LazyObject

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@contextmanager
def serving(request: HttpRequest) -> Iterator[None]:
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def user_id() -> str:
    """Empty outside a request, before the caller is known, and for nobody. Asks nobody: a log line must not."""
    known = _request.get()
    if known is None:
        return ""
    user = known.__dict__.get("user")
    if isinstance(user, LazyObject):
        user = known.__dict__.get("_cached_user")
    return str(getattr(user, "pk", None) or "")
