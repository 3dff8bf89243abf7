"""The one place where an error becomes JSON: RFC 9457 problem details with our code (contract 2)."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.fields import ChoiceField

from apps.core import languages, problem_words, sentences, unanswered
from apps.core.errors import (
    AuthenticationRequired,
    DependencyUnavailable,
    DomainError,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotAllowed,
    NotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
from apps.core.json_media import dumps
from apps.core.request_id import current_request_id

MEDIA_TYPE = "application/problem+json"
# What frameworks raise, the first that fits; a view tells what it would have taken.
KNOWN: tuple[tuple[type[Exception], Callable[[Any], DomainError]], ...] = (
    (Http404, lambda _: NotFound()),
    (PermissionDenied, lambda _: NotAllowed()),
    (RequestDataTooBig, lambda _: PayloadTooLarge(max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)),
    (SuspiciousOperation, lambda _: MalformedRequest()),
    (exceptions.ParseError, lambda _: MalformedRequest()),
    (exceptions.NotAuthenticated, lambda _: AuthenticationRequired()),
    (exceptions.AuthenticationFailed, lambda _: AuthenticationRequired()),
    (exceptions.PermissionDenied, lambda _: NotAllowed()),
    (exceptions.NotFound, lambda _: NotFound()),
    (
        exceptions.MethodNotAllowed,
        lambda view: MethodNotAllowed(allowed=sorted({*view.allowed_methods} - {"HEAD", "OPTIONS"})),
    ),
    (exceptions.NotAcceptable, lambda _: NotAcceptable()),
    (
        exceptions.UnsupportedMediaType,
        lambda view: UnsupportedMediaType(allowed=[parser.media_type for parser in view.parser_classes]),
    ),
    (exceptions.ValidationError, lambda _: ValidationFailed()),
)


class Problem(HttpResponse):
    """`code` is for whoever looks at the answer on its way out."""

    def __init__(self, body: dict[str, Any], error: DomainError) -> None:
        super().__init__(dumps(body), status=error.status, headers=_headers(error), content_type=MEDIA_TYPE)
        self.code = error.code


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """For DRF's EXCEPTION_HANDLER; drawn here, whatever the view's renderers are. None, so a plain 500, for what nobody
    foresaw."""
    known = as_domain_error(error, context["view"])
    if known is None:
        return None
    body = domain_problem(known, context["request"].path)
    if isinstance(error, exceptions.ValidationError):
        place = "parameter" if context["request"].method in ("GET", "HEAD") else "pointer"
        body["errors"] = list(_field_errors(error.get_full_details(), place))
    return Problem(body, known)


def problem_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """For what answers without DRF."""
    return Problem(domain_problem(error, request.path), error)


def domain_problem(error: DomainError, path: str) -> dict[str, Any]:
    language = languages.current()
    return {
        "type": problem_type(error.code),
        "title": problem_words.title(error, language),
        "status": error.status,
        "detail": problem_words.sentence(error, language),
        "instance": path,
        "code": error.code,
        "params": error.params,
        "retryable": error.retryable,
        "request_id": current_request_id(),
    }


def problem_type(code: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}/problems/{code}"


def as_domain_error(error: Exception, view: Any = None) -> DomainError | None:
    """What an app is told of this error; None for a bug."""
    if isinstance(error, DomainError):
        return error
    if unanswered.is_unanswered(error):
        unanswered.tell(error)
        return DependencyUnavailable()
    return next((told(view) for kind, told in KNOWN if isinstance(error, kind)), None) or _of_drf(error)


def _of_drf(error: Exception) -> DomainError | None:
    return InternalError() if isinstance(error, exceptions.APIException) else None


def _headers(error: DomainError) -> dict[str, str]:
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    return headers | ({"WWW-Authenticate": "Bearer"} if error.status == 401 else {})


def _field_errors(details: Any, place: str, pointer: str = "") -> Iterator[dict[str, str]]:
    if isinstance(details, dict) and "message" in details and "code" in details:
        where = pointer.removeprefix("/") if place == "parameter" else pointer or "/"
        yield {"code": str(details["code"]), place: where, "message": _sentence(details)}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _field_errors(inner, place, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(details, list):
        for inner in details:
            yield from _field_errors(inner, place, pointer)


def _sentence(detail: dict[str, Any]) -> str:
    """Without what was sent: it may be a secret in the wrong field."""
    if detail["code"] == "invalid_choice":
        return str(ChoiceField.default_error_messages["invalid_choice"]).format(input="…")
    return sentences.said(str(detail["message"]))
