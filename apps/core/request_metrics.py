"""Requests, by the name of their route: a path has ids in it, and clients make up others."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core import metrics

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "none"

requests = metrics.counter("pk_http_requests", "Requests answered", ["method", "route", "status"])
seconds = metrics.histogram("pk_http_seconds", "Time to answer a request, by route", ["route"])


class RequestMetricsMiddleware:
    """Outside of everything that may answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        route = route_of(request)
        seconds.labels(route).observe(time.perf_counter() - began)
        method = request.method if request.method in METHODS else "other"
        requests.labels(method, route, str(response.status_code)).inc()
        return response


def route_of(request: HttpRequest) -> str:
    """The route's own name, or else the view's."""
    match = request.resolver_match
    return match.view_name if match else NO_ROUTE
