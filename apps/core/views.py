"""Django's own error pages, as problems."""

from django.http import HttpRequest, HttpResponse

from apps.core.errors import InternalError, MalformedRequest, NotAllowed, NotFound
from apps.core.exception_handler import as_domain_error, problem_page


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return problem_page(request, InternalError())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, as_domain_error(exception) or MalformedRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, NotAllowed())
