"""Sentry over real HTTP, on loopback: keeps what is reported to it."""

import gzip
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from dev.fake_server import FakeServer
from dev.free_port import LOOPBACK

KEY = "0123456789abcdef0123456789abcdef"


class Exchange(BaseHTTPRequestHandler):
    fake: "FakeSentry"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.fake.take(self.path, body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """The test sees the reports; nobody reads a log."""


@dataclass
class FakeSentry(FakeServer):
    """An envelope is lines of JSON: its head, then for each item a head and the item (Sentry, envelopes)."""

    exchange = Exchange

    events: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def dsn(self) -> str:
        return f"http://{KEY}@{LOOPBACK}:{self.port}/1"

    def take(self, path: str, body: bytes) -> None:
        lines = body.split(b"\n")
        items = zip(lines[1::2], lines[2::2], strict=False)
        found = [json.loads(item) for head, item in items if json.loads(head).get("type") == "event"]
        with self._lock:
            self.bodies.append(path.encode() + body)
            self.events += found

    def told_of(self, process: str) -> list[dict[str, Any]]:
        with self._lock:
            return [event for event in self.events if event.get("server_name") == process]
