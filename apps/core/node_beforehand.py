"""A request that may write has its process's Snowflake node before its first transaction begins."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core import snowflake

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class NodeBeforehandMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in WRITING:
            snowflake.hold_node()
        return self.get_response(request)
