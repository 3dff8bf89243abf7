"""One HTTP call that always ends: time-outs to connect, between bytes and for the whole, and a cap on the answer."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import local
from urllib.parse import urlencode

import certifi
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, TimeoutError

CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after_seconds: float | None


class CallFailed(Exception):
    """No whole answer came. `may_have_arrived` unless it is certain that nothing was sent."""

    def __init__(self, reason: str, *, may_have_arrived: bool, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.may_have_arrived = may_have_arrived
        self.timed_out = timed_out


class BoundedHttp:
    """`timeouts` are connect and read, `call_timeout` is the whole call, all in seconds; `largest` is bytes."""

    def __init__(self, timeouts: tuple[float, float], call_timeout: float, largest: int) -> None:
        self._timeouts = Timeout(connect=timeouts[0], read=timeouts[1])
        self._call_timeout = call_timeout
        self._largest = largest
        self._own = local()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Redirects are not followed. Raises CallFailed."""
        ends_at = time.monotonic() + self._call_timeout
        try:
            with self._connections().request(
                method,
                f"{url}?{urlencode(query)}" if query else url,
                body=body,
                headers=headers,
                timeout=self._timeouts,
                retries=False,
                redirect=False,
                preload_content=False,
            ) as response:
                return Answer(response.status, self._whole(response, ends_at), _retry_after(response))
        except HTTPError as error:
            raise _failure(error) from error

    def _connections(self) -> PoolManager:
        """Those of this thread and process: one that two share mixes up their answers."""
        if getattr(self._own, "pid", None) != os.getpid():
            self._own.connections, self._own.pid = PoolManager(ca_certs=certifi.where()), os.getpid()
        connections: PoolManager = self._own.connections
        return connections

    def _whole(self, response: BaseHTTPResponse, ends_at: float) -> bytes:
        """A read time-out alone lets a byte a second go on for ever."""
        declared = response.headers.get("Content-Length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > self._largest:
            raise CallFailed("the answer would be too large", may_have_arrived=True)
        body = bytearray()
        while chunk := response.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._largest:
                raise CallFailed("the answer is too large", may_have_arrived=True)
            if time.monotonic() > ends_at:
                raise CallFailed("the answer took too long", may_have_arrived=True, timed_out=True)
        return bytes(body)


def _retry_after(response: BaseHTTPResponse) -> float | None:
    sent = response.headers.get("Retry-After", "")
    return float(sent) if sent.isascii() and sent.isdigit() else None


def _failure(error: HTTPError) -> CallFailed:
    """NewConnectionError, which says that nobody took the connection, is a ConnectTimeoutError to urllib3."""
    return CallFailed(
        f"{type(error).__name__}: {error}"[:500],
        may_have_arrived=not isinstance(error, ConnectTimeoutError),
        timed_out=isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError),
    )
