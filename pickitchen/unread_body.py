"""A request that is answered before all of it was read: refused for its bearer, its address, its bucket.

What remains of its body is read and dropped. A server that is left with part of a body closes the connection, without
a word to the caller, whose next request on it gets no answer then; bytes that nobody read may cost this answer, too.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CHUNK_BYTES = 64 * 1024
# The longest body that anything here takes, a photo, and some room. For more the connection may as well end.
MOST_BYTES = 11 * 1024 * 1024


class UnreadBody:
    """Around the application, since whatever is inside may be what refuses."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.application(environ, start_response)
        if environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
            drop(environ)
        return answer


def drop(environ: WSGIEnvironment) -> None:
    body, left = environ["wsgi.input"], MOST_BYTES
    while left > 0 and (chunk := body.read(CHUNK_BYTES)):
        left -= len(chunk)
