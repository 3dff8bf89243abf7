"""Fetches the document from Nacos over plain HTTP; does not know what it means.

Polling, without the vendor's SDK and without its listener: the SDKs break in Celery's children and after a fork, or
need an event loop of their own; the listener is gone from Nacos 3.2, and holds a connection to be faster than the few
seconds that we need (vendor: nacos.io). Name and password go in a body and the token in a header, so that neither is in
any log of addresses.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.remoteconfig.bounded_calls import BoundedCalls, Budget, CallFailed
from apps.remoteconfig.nacos_dialects import (
    DIALECTS,
    Broken,
    Denied,
    Dialect,
    NoSuchDocument,
    NotSpoken,
    Wanted,
)

# All addresses, generations and logins of one look together.
LOOK_SECONDS = 4.0
ADDRESS_SECONDS = 1.8
LARGEST_ANSWER = 1024 * 1024
LONGEST_TOKEN_SECONDS = 3600.0


class NacosFailure(Exception):
    """Nothing was fetched; the text says why. `is_ours` when it will not get better by itself: a wrong password."""

    def __init__(self, reason: str, *, is_ours: bool = False) -> None:
        super().__init__(reason)
        self.is_ours = is_ours


@dataclass(frozen=True)
class Login:
    username: str
    password: str = field(repr=False)


class Nacos:
    """One document on one cluster. It remembers its token, and who answered last and how. For one thread."""

    def __init__(self, addresses: Sequence[str], wanted: Wanted, login: Login | None, generation: str = "auto") -> None:
        self.wanted = wanted
        self._addresses = [_url(address) for address in addresses]
        self._dialects = [one for one in DIALECTS if generation in ("auto", one.name)]
        self._login = login
        self._calls = BoundedCalls(LARGEST_ANSWER)
        self._token, self._token_ends_at = "", 0.0

    def fetch(self) -> bytes:
        """The document as it stands there. Raises NacosFailure, within LOOK_SECONDS."""
        budget, failures = Budget(LOOK_SECONDS), []
        for address in list(self._addresses):
            try:
                content = self._from(address, Budget(min(budget.left, ADDRESS_SECONDS)))
            except NoSuchDocument as error:
                raise NacosFailure(f"Nacos has no document {self.wanted}", is_ours=True) from error
            except Denied as error:
                raise NacosFailure("Nacos refuses our name and password", is_ours=True) from error
            except (CallFailed, Broken, NotSpoken) as error:
                failures.append(f"{address}: {error}")
            else:
                self._prefer(address)
                return content
        raise NacosFailure("; ".join(failures))

    def _from(self, address: str, budget: Budget) -> bytes:
        for dialect in list(self._dialects):
            try:
                content = self._asked(address, dialect, budget)
            except NotSpoken:
                continue
            self._dialects.sort(key=lambda known: known is not dialect)
            return content
        raise NotSpoken("speaks no generation of Nacos that we know")

    def _asked(self, address: str, dialect: Dialect, budget: Budget) -> bytes:
        """A token dies with a restart of the server, so a refusal is met with one more login."""
        had_token = bool(self._token) and time.monotonic() < self._token_ends_at
        try:
            return self._once(address, dialect, budget, new_token=self._login is not None and not had_token)
        except Denied:
            if not had_token:
                raise
            return self._once(address, dialect, budget, new_token=True)

    def _once(self, address: str, dialect: Dialect, budget: Budget, *, new_token: bool) -> bytes:
        if new_token:
            self._log_in(address + dialect.login_path, budget)
        headers = {"accessToken": self._token} if self._login else {}
        query = dialect.query(self.wanted)
        return dialect.content(self._calls.get(address + dialect.path, budget, query, headers))

    def _log_in(self, url: str, budget: Budget) -> None:
        if self._login is None:
            return
        form = {"username": self._login.username, "password": self._login.password}
        answer = self._calls.post(url, budget, form)
        if answer.status in (404, 405, 410, 501):
            raise NotSpoken
        told = answer.json
        if answer.status in (400, 401, 403) or not isinstance(told, dict) or not told.get("accessToken"):
            raise Denied if answer.status < 500 else Broken(f"login answers HTTP {answer.status}")
        lives = min(_number(told.get("tokenTtl")), LONGEST_TOKEN_SECONDS)
        self._token, self._token_ends_at = str(told["accessToken"]), time.monotonic() + lives / 2

    def _prefer(self, address: str) -> None:
        self._addresses.sort(key=lambda known: known != address)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _url(address: str) -> str:
    return (address if "://" in address else f"http://{address}").rstrip("/")
