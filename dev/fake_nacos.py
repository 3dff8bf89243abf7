"""Nacos over real HTTP, on loopback: one document, with login and in each generation of its interface; misbehaves when
told to.

`python -m dev.fake_nacos document.json` prints the address for NACOS_SERVER_ADDRESSES, and serves the file as it is
whenever it is asked.
"""

import argparse
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from dev.fake_server import FakeServer
from dev.free_port import LOOPBACK

LOGINS = {"/nacos/v1/auth/login": ("v1", "v2"), "/nacos/v3/auth/user/login": ("v3",)}
CONFIGS = {"/nacos/v1/cs/configs": "v1", "/nacos/v2/cs/config": "v2", "/nacos/v3/client/cs/config": "v3"}
WORDS = {"v1": ("tenant", "group"), "v2": ("namespaceId", "group"), "v3": ("namespaceId", "groupName")}


class Exchange(BaseHTTPRequestHandler):
    fake: "FakeNacos"

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._serve(dict(parse_qsl(content.decode())))

    def _serve(self, form: dict[str, str]) -> None:
        with suppress(ConnectionError):
            self.fake.serve(self, form)

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The test sees the calls; nobody reads a log."""


Behaviour = Callable[[Exchange], bool]
"""What happens to each request before the usual thing; False when that was all."""


@dataclass
class FakeNacos(FakeServer):
    """`contents` are what it serves, one after the other and again from the first. `speaks` names the generations it
    knows. With a `username` a login is wanted."""

    exchange = Exchange

    contents: Iterator[bytes] = field(default_factory=lambda: itertools.repeat(b"{}"))
    speaks: tuple[str, ...] = ("v1", "v2", "v3")
    namespace: str = ""
    group: str = "DEFAULT_GROUP"
    data_id: str = "pickitchen.json"
    username: str = ""
    password: str = ""
    behaviour: Behaviour | None = None
    tokens: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    logins: int = 0

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def publish(self, *documents: Any) -> None:
        """Several are served in turn; bytes as they are, everything else as JSON."""
        encoded = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in documents]
        self.contents = itertools.cycle(encoded)

    def delete(self) -> None:
        self.contents = iter(())

    def serve(self, exchange: Exchange, form: dict[str, str]) -> None:
        self.calls.append(exchange.path)
        if self.behaviour is None or self.behaviour(exchange):
            exchange.answer(*self._usual(exchange, form))

    def _usual(self, exchange: Exchange, form: dict[str, str]) -> tuple[int, bytes]:
        parts = urlsplit(exchange.path)
        if set(LOGINS.get(parts.path, ())) & set(self.speaks):
            return self._log_in(form)
        generation = CONFIGS.get(parts.path, "")
        if generation not in self.speaks:
            return 404, b'{"status": 404, "error": "Not Found"}'
        if self.username and exchange.headers.get("accessToken") not in self.tokens:
            return 403, b'{"code": 403, "message": "token invalid!"}'
        return self._config(generation, dict(parse_qsl(parts.query)))

    def _log_in(self, form: dict[str, str]) -> tuple[int, bytes]:
        self.logins += 1
        if form != {"username": self.username, "password": self.password}:
            return 403, b"unknown user!"
        token = uuid4().hex
        self.tokens.add(token)
        return 200, json.dumps({"accessToken": token, "tokenTtl": 18000, "globalAdmin": True}).encode()

    def _config(self, generation: str, query: dict[str, str]) -> tuple[int, bytes]:
        namespace, group = (query.get(word, "") for word in WORDS[generation])
        is_ours = (namespace, group, query.get("dataId")) == (self.namespace, self.group, self.data_id)
        content = next(self.contents, None) if is_ours else None
        if content is None:
            return 404, MISSING[generation]
        return 200, WRAPPED[generation](content)


MISSING = {
    "v1": b"config data not exist",
    "v2": b'{"code": 20004, "message": "resource not found", "data": null}',
    "v3": b'{"code": 20004, "message": "resource not found", "data": null}',
}


def _as_v2(content: bytes) -> bytes:
    return json.dumps({"code": 0, "message": "success", "data": content.decode(errors="replace")}).encode()


def _as_v3(content: bytes) -> bytes:
    digest = md5(content, usedforsecurity=False).hexdigest()
    data = {"content": content.decode(errors="replace"), "contentType": "json", "md5": digest}
    return json.dumps({"code": 0, "message": "success", "data": data}).encode()


WRAPPED: dict[str, Callable[[bytes], bytes]] = {"v1": bytes, "v2": _as_v2, "v3": _as_v3}


def answers(status: int, body: bytes = b"") -> Behaviour:
    def answer(exchange: Exchange) -> bool:
        exchange.answer(status, body)
        return False

    return answer


def hangs(until: threading.Event) -> Behaviour:
    """Takes the request and says nothing until it is let go."""

    def hang(exchange: Exchange) -> bool:
        until.wait(60)
        exchange.close_connection = True
        return False

    return hang


def drips(exchange: Exchange) -> bool:
    """A byte now and then: never silent for long, never done."""
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000")
    exchange.end_headers()
    for _ in range(1000):
        exchange.wfile.write(b" ")
        time.sleep(0.05)
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path)
    parser.add_argument("--port", type=int, default=8848)
    given = parser.parse_args()
    fake = FakeNacos(contents=(given.document.read_bytes() for _ in itertools.count()), port=given.port)
    fake.start()
    print(f"NACOS_SERVER_ADDRESSES={fake.address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
