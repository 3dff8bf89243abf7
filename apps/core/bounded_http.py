"""One HTTP call that always ends: time-outs to connect, between bytes and for the whole, and a cap on the answer."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import local

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from apps.core.deadline_adapter import DeadlineAdapter, ending_by

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
    """`timeouts` are connect and read, `call_timeout` is the whole call, all in seconds; `largest` is bytes.

    `internet_only` is for addresses that others tell us.
    """

    def __init__(
        self, timeouts: tuple[float, float], call_timeout: float, largest: int, *, internet_only: bool = False
    ) -> None:
        self._timeouts = timeouts
        self._call_timeout = call_timeout
        self._largest = largest
        self._internet_only = internet_only
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
            request = requests.Request(method, url, headers=headers, data=body, params=query).prepare()
            with (
                ending_by(ends_at),
                self._adapter().send(request, stream=True, timeout=self._timeouts) as response,
            ):
                return Answer(response.status_code, self._whole(response), _retry_after(response))
        except (requests.RequestException, HTTPError) as error:
            raise _failure(error) from error

    def _adapter(self) -> HTTPAdapter:
        """One for each thread and process: a connection that two share mixes up their answers.

        Without a session around it, which sees to cookies, proxies and redirects; there are none here.
        """
        if getattr(self._own, "pid", None) != os.getpid():
            self._own.adapter = DeadlineAdapter(internet_only=self._internet_only)
            self._own.pid = os.getpid()
        adapter: HTTPAdapter = self._own.adapter
        return adapter

    def _whole(self, response: requests.Response) -> bytes:
        declared = response.headers.get("Content-Length", "")
        if declared.isascii() and declared.isdigit() and int(declared) > self._largest:
            raise CallFailed("the answer would be too large", may_have_arrived=True)
        body = bytearray()
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._largest:
                raise CallFailed("the answer is too large", may_have_arrived=True)
        return bytes(body)


def _retry_after(response: requests.Response) -> float | None:
    sent = response.headers.get("Retry-After", "")
    return float(sent) if sent.isascii() and sent.isdigit() else None


def _failure(error: Exception) -> CallFailed:
    never_connected = isinstance(error, requests.ConnectTimeout) or _caused_by(error, NewConnectionError)
    # What times out amidst the body is told by urllib3 itself.
    timed_out = isinstance(error, requests.Timeout | ReadTimeoutError)
    return CallFailed(
        f"{type(error).__name__}: {error}"[:500], may_have_arrived=not never_connected, timed_out=timed_out
    )


def _caused_by(error: BaseException, kind: type[BaseException]) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, kind)
