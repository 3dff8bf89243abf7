"""Is this process alive, and can it do its work?"""

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from structlog import get_logger

from apps.core.errors import InternalError, MalformedRequest, NotAllowed, NotFound
from apps.core.exception_handler import as_domain_error, problem_page

log = get_logger(__name__)


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """503 only when the database is away: without Redis everything is still accepted, and done later."""
    checks = {"database": _database_answers(), "redis": _redis_answers()}
    status = "ok" if all(checks.values()) else "degraded" if checks["database"] else "fail"
    body = {"status": status, "checks": {name: "ok" if fine else "fail" for name, fine in checks.items()}}
    return JsonResponse(body, status=503 if status == "fail" else 200)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return problem_page(request, InternalError())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, as_domain_error(exception) or MalformedRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, NotAllowed())


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.warning("the database does not answer", error=str(error))
        return False
    return True


def _redis_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError as error:
        log.warning("Redis does not answer", error=str(error))
        return False
    finally:
        client.close()
