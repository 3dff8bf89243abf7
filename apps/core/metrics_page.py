"""Where Prometheus reads the metrics: on the web server at /metrics, on a worker at METRICS_ADDRESS.

Both want METRICS_TOKEN as a bearer token. Without one, or with another, there is no such page.
"""

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

from apps.core import metrics


def metrics_page(request: HttpRequest) -> HttpResponse:
    """Counts of this machine's processes, and the state of what they share."""
    if not _is_allowed(request.headers.get("Authorization", "")):
        raise Http404
    return HttpResponse(metrics.told(with_shared_states=True), content_type=metrics.CONTENT_TYPE)


def serve(address: str) -> WSGIServer:
    """On a thread of this process, until it ends. The web servers tell what all share."""
    host, _, port = address.rpartition(":")
    server = make_server(host, int(port), _answer, server_class=_Server, handler_class=_Quiet)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ.get("PATH_INFO") != "/metrics" or not _is_allowed(environ.get("HTTP_AUTHORIZATION", "")):
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]
    start_response("200 OK", [("Content-Type", metrics.CONTENT_TYPE)])
    try:
        return [metrics.told(with_shared_states=False)]
    finally:
        # This thread ends with the answer.
        connections.close_all()


def _is_allowed(authorization: str) -> bool:
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and constant_time_compare(authorization, f"Bearer {wanted}")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        """A line every few seconds that says nothing."""
