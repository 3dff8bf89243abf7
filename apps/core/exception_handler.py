"""The one place where an error becomes JSON: RFC 9457 problem details with our code (contract 2)."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from structlog import get_logger

from apps.core.errors import DependencyUnavailable, DomainError, NotFound
from apps.core.json_media import dumps
from apps.core.node_lease import NoFreeNode
from apps.core.request_id import current_request_id
from apps.core.snowflake import ClockWentBack

MEDIA_TYPE = "application/problem+json"
CODES_BY_STATUS = {
    400: ("malformed_request", "The request cannot be read"),
    401: ("authentication_required", "Log in first"),
    403: ("permission_denied", "Not allowed"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "Method not allowed"),
    406: ("not_acceptable", "Cannot answer in that form"),
    413: ("payload_too_large", "The body is too large"),
    415: ("unsupported_media_type", "Send application/json"),
    422: ("validation_failed", "Some fields are not valid"),
    429: ("rate_limited", "Too many requests"),
    500: ("internal_error", "Something went wrong on our side"),
}

log = get_logger(__name__)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """For DRF's EXCEPTION_HANDLER. None, so a plain 500, for what nobody foresaw."""
    path = context["request"].path
    error = _as_known(error)
    if isinstance(error, DomainError):
        return _drawn(domain_problem(error, path), {"Retry-After": error.retry_after_seconds})
    if isinstance(error, exceptions.ValidationError):
        return _drawn({**_problem(422, path), "errors": list(_field_errors(error.get_full_details()))})
    if isinstance(error, exceptions.APIException):
        body = {**_problem(error.status_code, path), "detail": str(error.detail)}
        headers = {"WWW-Authenticate": "Bearer" if error.status_code == 401 else None}
        return _drawn(body, headers)
    return None


def problem_page(request: HttpRequest, status: int) -> HttpResponse:
    """For Django's own error pages below /api/, which know no DRF."""
    return HttpResponse(dumps(_problem(status, request.path)), status=status, content_type=MEDIA_TYPE)


def domain_problem(error: DomainError, path: str) -> dict[str, Any]:
    return {
        **_problem(error.status, path, error.code, error.title),
        "detail": error.sentence,
        "params": error.params,
        "retryable": error.retryable,
    }


def _as_known(error: Exception) -> Exception:
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, (OperationalError, InterfaceError)):
        log.error("the database did not answer", exc_info=error)
        return DependencyUnavailable()
    if isinstance(error, (ClockWentBack, NoFreeNode)):
        log.error("this process can make no ids", exc_info=error)
        return DependencyUnavailable()
    return error


def _problem(status: int, path: str, code: str = "", title: str = "") -> dict[str, Any]:
    default_code, default_title = CODES_BY_STATUS.get(status, CODES_BY_STATUS[500])
    code = code or default_code
    return {
        "type": f"{settings.PUBLIC_BASE_URL}/problems/{code}",
        "title": title or default_title,
        "status": status,
        "detail": title or default_title,
        "instance": path,
        "code": code,
        "params": {},
        "retryable": status >= 500,
        "request_id": current_request_id(),
    }


def _drawn(body: dict[str, Any], headers: dict[str, Any] | None = None) -> Response:
    sent = {"Content-Language": "en"} | {name: str(value) for name, value in (headers or {}).items() if value}
    return Response(body, status=body["status"], headers=sent, content_type=MEDIA_TYPE)


def _field_errors(details: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    if isinstance(details, dict) and "message" in details and "code" in details:
        yield {"code": str(details["code"]), "pointer": pointer or "/", "message": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _field_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(details, list):
        for inner in details:
            yield from _field_errors(inner, pointer)
