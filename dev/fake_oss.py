"""OSS over real HTTP, on loopback: keeps objects in memory, and refuses what is not signed."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dev.free_port import LOOPBACK

OUTAGE = 503


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: "FakeOss"

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._allowed():
            if self.headers.get("x-oss-forbid-overwrite") == "true" and self._key in self.fake.objects:
                return self._refuse(409, "FileAlreadyExists")
            self.fake.objects[self._key] = (content, self.headers.get("Content-Type", ""))
            self._answer(200)

    def do_GET(self) -> None:
        if self._allowed():
            stored = self.fake.objects.get(self._key)
            self._answer(200, *stored) if stored else self._refuse(404, "NoSuchKey")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        if self._allowed():
            self.fake.objects.pop(self._key, None)
            self._answer(204)

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{self.fake.bucket}/")

    def _allowed(self) -> bool:
        if self.fake.is_down:
            self._refuse(OUTAGE, "ServiceBusy")
        elif not self._is_signed():
            self._refuse(403, "SignatureDoesNotMatch")
        return not self.fake.is_down and self._is_signed()

    def _is_signed(self) -> bool:
        """That a V4 signature is there; whether it is right, OSS alone can tell."""
        query = parse_qs(urlsplit(self.path).query)
        in_header = self.headers.get("Authorization", "").startswith("OSS4-HMAC-SHA256 ")
        return in_header or query.get("x-oss-signature-version") == ["OSS4-HMAC-SHA256"]

    def _refuse(self, status: int, code: str) -> None:
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self._answer(status, body.encode(), "application/xml")

    def _answer(self, status: int, body: bytes = b"", content_type: str = "") -> None:
        self.send_response(status)
        self.send_header("x-oss-request-id", "fake")
        self.send_header("Content-Length", str(len(body)))
        if content_type:
            self.send_header("Content-Type", content_type)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The test sees the objects; nobody reads a log."""


@dataclass
class FakeOss:
    bucket: str = "photos-for-tests"
    is_down: bool = False
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def start(self) -> None:
        handler = type("BoundExchange", (Exchange,), {"fake": self})
        self._server = ThreadingHTTPServer((LOOPBACK, 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"
