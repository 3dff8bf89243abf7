"""RevenueCat's REST API, version 1, over real HTTP on loopback: tells what its customers have been given here."""

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote

from dev.fake_server import FakeServer
from dev.free_port import LOOPBACK

KEY = "sk_a_key_for_tests_only"


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: "FakeRevenueCat"

    def do_GET(self) -> None:
        name = unquote(self.path.removeprefix("/v1/subscribers/"))
        self.fake.asked.append(name)
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._answer(401, b'{"code": 7225, "message": "Invalid API Key."}')
        if self.fake.next_answer:
            return self._answer(*self.fake.next_answer)
        known = name in self.fake.customers
        self._answer(200 if known else 201, json.dumps(self.fake.document(name)).encode())

    def do_DELETE(self) -> None:
        name = unquote(self.path.removeprefix("/v1/subscribers/"))
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self._answer(401, b'{"code": 7225, "message": "Invalid API Key."}')
        if self.fake.next_answer:
            return self._answer(*self.fake.next_answer)
        if self.fake.customers.pop(name, None) is None:
            return self._answer(404, b'{"code": 7259, "message": "Subscriber not found."}')
        self._answer(200, json.dumps({"app_user_id": name}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The test sees who was asked about; nobody reads a log."""


@dataclass
class FakeRevenueCat(FakeServer):
    """`customers` maps a name to its `subscriptions` and `non_subscriptions`; `next_answer` is given instead."""

    exchange = Exchange

    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    next_answer: tuple[int, bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/v1"

    def document(self, name: str) -> dict[str, Any]:
        """An unknown customer is made by asking, as the real one does."""
        has = self.customers.setdefault(name, {})
        empty: dict[str, Any] = {"entitlements": {}, "subscriptions": {}, "non_subscriptions": {}}
        return {"request_date_ms": 0, "subscriber": empty | {"original_app_user_id": name} | has}
