"""Who is let in: not an app that must update, and nobody's writes while we are away on purpose.

The way out stays open: an app can always read /config, log in and refresh its token; an old one can delete the account
too. RevenueCat's webhooks are no app, and photos go to the store's address, which stands for an upload begun before.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core.errors import DomainError
from apps.core.exception_handler import MEDIA_TYPE, domain_problem
from apps.core.json_media import dumps
from apps.remoteconfig import app_version, values
from apps.remoteconfig.languages import best, wanted
from apps.remoteconfig.schema import PLATFORMS

ALWAYS_OPEN = re.compile(r"/api/v1/(config|openapi\.json|auth/.*|webhooks/.*|subscription/webhook|emoji/objects/.*)")
DELETES_ACCOUNT = re.compile(r"DELETE /api/v1/user(/.*)?")
READS = ("GET", "HEAD", "OPTIONS")
SHORTEST_WAIT_SECONDS, USUAL_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30, 300, 3600


class AppUpgradeRequired(DomainError):
    code = "app_upgrade_required"
    status = 403
    title = "This version of the app is too old"
    detail = "Version {min_version} or newer is needed."


class Maintenance(DomainError):
    code = "maintenance"
    status = 503
    title = "We are away for maintenance"
    retryable = True


class GateMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith("/api/") or ALWAYS_OPEN.fullmatch(path):
            return self.get_response(request)
        refusal = _refusal(request)
        return _drawn(refusal, request) if refusal else self.get_response(request)


def _refusal(request: HttpRequest) -> DomainError | None:
    config = values.current().values
    if not DELETES_ACCOUNT.fullmatch(f"{request.method} {request.path_info}") and (old := _too_old(request, config)):
        return old
    if config["maintenance.active"] and request.method not in READS:
        return Maintenance(until=config["maintenance.until"])
    return None


def _too_old(request: HttpRequest, config: Any) -> AppUpgradeRequired | None:
    platform = request.headers.get("X-App-Platform", "")
    if platform not in PLATFORMS:
        return None
    least = config[f"app.{platform}.min_version"]
    if app_version.update(request.headers.get("X-App-Version", ""), least, None) != "required":
        return None
    return AppUpgradeRequired(min_version=least, store_url=config[f"app.{platform}.store_url"])


def _drawn(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    body = domain_problem(refusal, request.path)
    response = HttpResponse(status=refusal.status, content_type=MEDIA_TYPE, headers={"Content-Language": "en"})
    if isinstance(refusal, Maintenance):
        response["Retry-After"] = str(_wait_seconds(refusal.params["until"]))
        message = values.current().values["maintenance.message"]
        if message:
            body["detail"] = best(message, wanted(request.headers.get("Accept-Language", "")))
    response.content = dumps(body)
    return response


def _wait_seconds(until: datetime | None) -> int:
    if until is None:
        return USUAL_WAIT_SECONDS
    left = int((until - timezone.now()).total_seconds())
    return max(SHORTEST_WAIT_SECONDS, min(left, LONGEST_WAIT_SECONDS))
