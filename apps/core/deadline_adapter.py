"""Answers over HTTP that end by a given moment, however they come.

A read time-out starts anew with each byte, so that a status line, a header or the size of a chunk may come byte by byte
for ever, and no caller looks at a clock within one.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# Between a call and its connection there are requests and urllib3, which hand on a time-out and nothing else.
_ends_at: ContextVar[float] = ContextVar("ends_at")


@contextmanager
def ending_by(moment: float) -> Iterator[None]:
    """By the monotonic clock: for the answers whose calls are made within, to their last byte."""
    token = _ends_at.set(moment)
    try:
        yield
    finally:
        _ends_at.reset(token)


class DeadlineAdapter(HTTPAdapter):
    """Sends within `ending_by` only, and through no proxy. What comes too late ends as a read that timed out does."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class _Bytes(io.RawIOBase):
    """Of a socket: each read waits as long as the peer may be silent, and no longer than its answer has left."""

    def __init__(self, connection: socket.socket, raw: io.RawIOBase) -> None:
        self._connection = connection
        self._raw = raw
        self._silence = connection.gettimeout()
        self._ends_at = _ends_at.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        # urllib3 sets it anew for each request, so nothing has to be put back.
        self._connection.settimeout(left if self._silence is None else min(left, self._silence))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """It makes its file `fp` of the socket itself and reads all from it, and offers no way to be given another."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Bytes(sock, self.fp.detach()))


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
