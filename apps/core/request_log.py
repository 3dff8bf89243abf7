"""One line for each request, under its id, with whose it was; nothing a client sent but the path.

A refusal is told with its code; one by which somebody may be trying doors, with the address it came from (ASVS 16.3).
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog import get_logger

from apps.core import request_user
from apps.core.client_address import client_address
from apps.core.errors import InternalError
from apps.core.exception_handler import Problem
from apps.core.probes import PROBES
from apps.core.request_metrics import route_of

DOORS = (401, 403, 404, 429)

log = get_logger(__name__)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        with request_user.serving(request):
            response = self.get_response(request)
            if request.path_info not in PROBES:
                took_ms = round((time.perf_counter() - began) * 1000, 1)
                seen = {"method": request.method, "path": request.path, "route": route_of(request)}
                log.info("request", **seen, **_refusal(request, response), status=response.status_code, ms=took_ms)
        if isinstance(response, Problem) and response.status_code != InternalError.status:
            # Django would tell it once more, outside of the request's id, and each 503 as an error of ours.
            response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark, which its stubs do not know
        return response


def _refusal(request: HttpRequest, response: HttpResponse) -> dict[str, str]:
    if not isinstance(response, Problem):
        return {}
    return {"code": response.code} | ({"address": client_address(request)} if response.status_code in DOORS else {})
