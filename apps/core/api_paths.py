"""Manners of everything below /api/, whoever answers: its paths, its caching, and one shape for whatever goes wrong."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from apps.core.errors import (
    AuthenticationRequired,
    DomainError,
    InternalError,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotAllowed,
    NotFound,
)
from apps.core.exception_handler import MEDIA_TYPE, problem_page

# For answers of Django and of libraries that know nothing of problems.
BY_STATUS: dict[int, type[DomainError]] = {
    400: MalformedRequest,
    401: AuthenticationRequired,
    403: NotAllowed,
    404: NotFound,
    406: NotAcceptable,
}


class ApiPathMiddleware:
    """A path ends without a slash; with one it is served too, because a redirect would drop the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        response = problem_page(request, MalformedRequest("null_character")) if _has_null(request) else None
        response = response or self.get_response(request)
        if response.status_code >= 400 and not response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
            response = problem_page(request, _as_problem(response))
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _has_null(request: HttpRequest) -> bool:
    """PostgreSQL has no text with one, the file system no name; no honest request either."""
    return "\x00" in request.path_info or b"\x00" in unquote_to_bytes(request.META.get("QUERY_STRING", ""))


def _as_problem(response: HttpResponse) -> DomainError:
    if response.status_code == 405:
        return MethodNotAllowed(allowed=sorted(response.headers.get("Allow", "").split(", ")))
    return BY_STATUS.get(response.status_code, InternalError)()
