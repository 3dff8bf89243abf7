"""Every request has an id: in its answer, in its errors, on each line it logs."""

import os
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars, unbind_contextvars

ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = sent if ACCEPTED.fullmatch(sent) else os.urandom(16).hex()
        bound = bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
        finally:
            reset_contextvars(**bound)
        response["X-Request-ID"] = request_id
        return response


def current_request_id() -> str:
    return str(get_contextvars().get("request_id", ""))


def begin_task(task_id: str, request_id: str | None) -> None:
    """What this process logs from now on belongs to a task, and to the request that rang for it if there was one."""
    bind_contextvars(task_id=task_id, **({"request_id": request_id} if request_id else {}))


def end_task() -> None:
    unbind_contextvars("task_id", "request_id")
