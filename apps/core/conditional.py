"""Answers that a client may keep: a validator on each, and 304 for who has the same one already (contract 1)."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.request import Request

from apps.core.json_media import dumps

IF_NONE_MATCH = OpenApiParameter("If-None-Match", location=OpenApiParameter.HEADER, description="the last `ETag`")
NOT_MODIFIED = OpenApiResponse(description="You have it already.")


def public_answer(request: Request, body: Any, *, max_age_seconds: int = 300) -> HttpResponseBase:
    """The same for everybody, so caches may share it; a strong ETag over its bytes. Returns 200 or 304."""
    content = dumps(body)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return _answer(request, content, etag, f"public, max-age={max_age_seconds}", Vary="Accept-Language")


def private_answer(request: Request, body: Any, etag: str) -> HttpResponseBase:
    """One user's own, to be asked for each time; `etag` says what it shows. Returns 200 or 304."""
    return _answer(request, dumps(body), etag, "private, no-cache")


def etag_of(body: Any) -> str:
    """Weak, of what is shown, whatever it depends on."""
    return weak_etag(hashlib.sha256(dumps(body)).hexdigest()[:32])


def weak_etag(*facts: object) -> str:
    return f'W/"{"-".join(map(str, facts))}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the client named this one as what it has; by the weak comparison of RFC 9110, 8.8.3.2."""
    known = {tag.removeprefix("W/") for tag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))}
    return etag.removeprefix("W/") in known or "*" in known


def _answer(request: Request, content: bytes, etag: str, cache_control: str, **headers: str) -> HttpResponseBase:
    """Conditions of changes, as If-Match, are nothing to a read: Django would refuse it.

    A cache writes the headers of a 304 over those that it keeps (RFC 9111, 4.3.4), so both have the same.
    """
    headers |= {"ETag": etag, "Cache-Control": cache_control, "Content-Type": "application/json"}
    if is_known(request, etag):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, headers=headers)
