"""Short HTTP calls to one server that always end: no call and no number of them takes longer than the budget."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from apps.core.deadline_adapter import DeadlineAdapter, ending_by

CHUNK = 16 * 1024


class CallFailed(Exception):
    """No whole answer came; the text says why and holds no secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """None for what is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Budget:
    """Seconds that a number of calls may take together; `ends_at` is by the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return self.ends_at - time.monotonic()


class BoundedCalls:
    """`largest` is bytes of an answer. For one thread."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._session = requests.Session()
        # A proxy of the environment is for the world outside.
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter())

    def get(self, url: str, budget: Budget, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Raises CallFailed."""
        return self._sent(requests.Request("GET", url, params=query, headers=headers), budget)

    def post(self, url: str, budget: Budget, form: Mapping[str, str]) -> Answer:
        """Raises CallFailed."""
        return self._sent(requests.Request("POST", url, data=form), budget)

    def _sent(self, request: requests.Request, budget: Budget) -> Answer:
        if budget.left <= 0:
            raise CallFailed("no time was left to ask")
        try:
            prepared = self._session.prepare_request(request)
            with (
                ending_by(budget.ends_at),
                self._session.send(prepared, timeout=budget.left, allow_redirects=False, stream=True) as response,
            ):
                return Answer(response.status_code, self._whole(response))
        except (requests.RequestException, HTTPError) as error:
            raise CallFailed(f"{type(error).__name__}: {error}"[:300]) from error

    def _whole(self, response: requests.Response) -> bytes:
        body = bytearray()
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            body += chunk
            if len(body) > self._largest:
                raise CallFailed(f"the answer is larger than {self._largest} bytes")
        return bytes(body)
