"""RevenueCat's REST API, version 1: what a customer has now, and that nobody is to know it any more (vendor: GET and
DELETE /subscribers/{app_user_id})."""

import json
from typing import Any
from urllib.parse import quote

from django.conf import settings

from apps.core.bounded_http import Answer, BoundedHttp, CallFailed
from apps.core.errors import DomainError

LARGEST_ANSWER = 4 * 1024 * 1024

http = BoundedHttp(timeouts=(3, 10), call_timeout=15, largest=LARGEST_ANSWER)


class SyncUnavailable(DomainError):
    code = "sync_unavailable"
    status = 503
    title = "The store cannot be asked right now"
    detail = "A purchase arrives by itself within minutes."
    retryable = True
    retry_after_seconds = 60


def subscriber(app_user_id: str) -> dict[str, Any]:
    """The whole answer. It makes a customer that is not known: ask for ids of ours only. Raises SyncUnavailable."""
    answer = _asked("GET", app_user_id)
    try:
        document = json.loads(answer.body) if answer.status in (200, 201) else None
    except ValueError as error:
        raise SyncUnavailable from error
    if not isinstance(document, dict) or not isinstance(document.get("subscriber"), dict):
        raise SyncUnavailable
    return document


def forget(app_user_id: str) -> None:
    """Also for who is not known there. It stops no subscription. Raises SyncUnavailable."""
    if _asked("DELETE", app_user_id).status not in (200, 204, 404):
        raise SyncUnavailable


def _asked(method: str, app_user_id: str) -> Answer:
    if not settings.REVENUECAT_API_KEY:
        raise SyncUnavailable
    url = f"{settings.REVENUECAT_API_URL}/subscribers/{quote(app_user_id, safe='')}"
    headers = {"Authorization": f"Bearer {settings.REVENUECAT_API_KEY}", "Accept": "application/json"}
    try:
        return http.send(method, url, headers=headers)
    except CallFailed as error:
        raise SyncUnavailable from error
