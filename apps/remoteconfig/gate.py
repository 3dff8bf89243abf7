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
from apps.core.exception_handler import domain_problem, problem_page
from apps.core.json_media import dumps
from apps.core.languages import best, wanted
from apps.remoteconfig import app_version, values
from apps.remoteconfig.schema import PLATFORMS

ALWAYS_OPEN = re.compile(
    r"/api/v1/(config|errors|health|utils/health-check|openapi\.json|auth/.*|webhooks/.*|subscription/webhook"
    r"|emoji/objects/.*)"
)
DELETES_ACCOUNT = re.compile(r"DELETE /api/v1/user(/.*)?")
READS = ("GET", "HEAD", "OPTIONS")
SHORTEST_WAIT_SECONDS, USUAL_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30, 300, 3600


class AppUpgradeRequired(DomainError):
    code = "app_upgrade_required"
    status = 403
    title = "This version of the app is too old"
    detail = "Version {min_version} or newer is needed."
    param_names = ("min_version", "store_url")


class Maintenance(DomainError):
    code = "maintenance"
    status = 503
    title = "We are away for maintenance"
    param_names = ("until",)
    retryable = True

    def __init__(self, until: datetime | None) -> None:
        super().__init__(until=until)
        self.retry_after_seconds = _wait_seconds(until)


class GateMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal = _refusal(request) if request.path_info.startswith("/api/") else None
        if refusal is None or ALWAYS_OPEN.fullmatch(request.path_info):
            return self.get_response(request)
        return _drawn(refusal, request)


def _refusal(request: HttpRequest) -> DomainError | None:
    config = values.current().values
    if (old := _too_old(request, config)) and not DELETES_ACCOUNT.fullmatch(f"{request.method} {request.path_info}"):
        return old
    if config["maintenance.active"] and request.method not in READS:
        return Maintenance(config["maintenance.until"])
    return None


def _too_old(request: HttpRequest, config: Any) -> AppUpgradeRequired | None:
    platform = request.META.get("HTTP_X_APP_PLATFORM", "")
    if platform not in PLATFORMS:
        return None
    least = config[f"app.{platform}.min_version"]
    if app_version.update(request.META.get("HTTP_X_APP_VERSION", ""), least, None) != "required":
        return None
    return AppUpgradeRequired(min_version=least, store_url=config[f"app.{platform}.store_url"])


def _drawn(refusal: DomainError, request: HttpRequest) -> HttpResponse:
    response = problem_page(request, refusal)
    if isinstance(refusal, Maintenance) and (message := values.current().values["maintenance.message"]):
        told = best(message, wanted(request.META.get("HTTP_ACCEPT_LANGUAGE", "")))
        response.content = dumps(domain_problem(refusal, request.path) | {"detail": told})
    return response


def _wait_seconds(until: datetime | None) -> int:
    if until is None:
        return USUAL_WAIT_SECONDS
    left = int((until - timezone.now()).total_seconds())
    return max(SHORTEST_WAIT_SECONDS, min(left, LONGEST_WAIT_SECONDS))
