"""Answers over HTTP that end by a given moment, however they come; where that is asked for, from the internet only.

A read time-out starts anew with each byte, so that a status line, a header or the size of a chunk may come byte by byte
for ever, and no caller looks at a clock within one. A name may lead to another address each time it is looked up, so
that only a connection tells where it has gone.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

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
    """Sends within `ending_by` only, and through no proxy. What comes too late ends as a read that timed out does.

    With `internet_only` whatever has an address of a network of its own cannot be connected to.
    """

    def __init__(self, *, internet_only: bool = False) -> None:
        self._internet_only = internet_only
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools = (_OuterPool, _OuterTlsPool) if self._internet_only else (_Pool, _TlsPool)
        self.poolmanager.pool_classes_by_scheme = dict(zip(("http", "https"), pools, strict=True))


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


class _ToTheInternet:
    """Ends a connection that led elsewhere before a word is said on it."""

    def _new_conn(self) -> socket.socket:
        connection: socket.socket = super()._new_conn()  # type: ignore[misc]  # of the class it stands before
        address = connection.getpeername()[0]
        if not ip_address(address).is_global:
            connection.close()
            raise NewConnectionError(self, f"{address} is not on the internet")  # type: ignore[arg-type]  # as above
        return connection


class _OuterConnection(_ToTheInternet, _Connection):
    pass


class _OuterTlsConnection(_ToTheInternet, _TlsConnection):
    pass


class _OuterPool(HTTPConnectionPool):
    ConnectionCls = _OuterConnection


class _OuterTlsPool(HTTPSConnectionPool):
    ConnectionCls = _OuterTlsConnection
