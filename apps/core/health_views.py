"""What the balancer asks: is this process alive, and is it worth sending requests to?"""

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from apps.core import health
from apps.core.health import Status


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 only for what is vital to this process: without the rest everything is still accepted, and done later."""
    found = health.examine()
    body = {
        "status": found.status,
        "checks": found.checks,
        "version": settings.RELEASE_VERSION,
        "commit": settings.RELEASE_COMMIT,
    }
    headers = {"Cache-Control": "no-store"}
    return JsonResponse(body, status=503 if found.status == Status.FAIL else 200, headers=headers)
