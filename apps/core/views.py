"""Django's own error pages, as problems."""

from django.http import HttpRequest, HttpResponse

from apps.core.exception_handler import problem_page


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return problem_page(request, 500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, 400)
