"""OSS over real HTTP, on loopback: keeps objects in memory, refuses what is not signed, misbehaves when told to.

`python -m dev.fake_oss` prints the address for OSS_ENDPOINT; `make dev ARGS=--fakes` starts it with everything else.
"""

import argparse
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dev.fake_server import FakeServer
from dev.free_port import LOOPBACK
from dev.misfortune import Misfortune
from dev.oss_signature import ALGORITHM, Request, refused

OUTAGE = 503
FIRST_PICTURE = re.compile("video/snapshot,t_0,f_jpg(,m_fast)?")
# What clip.mp4 shows from its first picture to its last.
PICTURE = (Path(__file__).parent / "portrait.jpg").read_bytes()


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: "FakeOss"

    def do_PUT(self) -> None:
        self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._serve(self._put)

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_HEAD(self) -> None:
        self._serve(self._get)

    def do_DELETE(self) -> None:
        self._serve(self._delete)

    def _serve(self, usual: Callable[[], None]) -> None:
        code = self._refusal()
        with suppress(ConnectionError):
            if code:
                return self.refuse(OUTAGE if self.fake.is_down else 403, code)
            behave = self.fake.misfortune.of(self.command, self.key)
            return behave(self, usual) if behave else usual()

    def _put(self) -> None:
        if self.headers.get("x-oss-forbid-overwrite") == "true" and self.key in self.fake.objects:
            return self.refuse(409, "FileAlreadyExists")
        self.fake.objects[self.key] = (self.content, self.headers.get("Content-Type", ""))
        return self.answer(200)

    def _get(self) -> None:
        stored = self.fake.objects.get(self.key)
        if stored is None:
            return self.refuse(404, "NoSuchKey")
        process = self._request().query.get("x-oss-process")
        return self._processed(stored[0], process) if process else self.answer(200, *stored)

    def _processed(self, content: bytes, process: str) -> None:
        """It knows what it takes to make the first picture of an MP4, and has one."""
        if not FIRST_PICTURE.fullmatch(process) or content[4:8] != b"ftyp":
            return self.refuse(400, "InvalidArgument")
        return self.answer(200, PICTURE, "image/jpeg")

    def _delete(self) -> None:
        self.fake.objects.pop(self.key, None)
        self.answer(204)

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{self.fake.bucket}/")

    def _refusal(self) -> str:
        if self.fake.is_down:
            return "ServiceBusy"
        request = self._request()
        if self.fake.secrets is not None:
            return refused(request, self.fake.secrets, datetime.now(UTC))
        in_header = request.headers.get("authorization", "").startswith(ALGORITHM)
        is_signed = in_header or request.query.get("x-oss-signature-version") == ALGORITHM
        return "" if is_signed else "SignatureDoesNotMatch"

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, unquote(parts.path), query, headers)

    def refuse(self, status: int, code: str) -> None:
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
        self.answer(status, body.encode(), "application/xml")

    def answer(self, status: int, body: bytes = b"", content_type: str = "") -> None:
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


Behaviour = Callable[[Exchange, Callable[[], None]], None]
"""What happens to one signed request; its second argument does the usual thing."""


@dataclass
class FakeOss(FakeServer):
    """`secrets` are those of its access keys, by id; with None every signature is taken for a right one."""

    exchange = Exchange

    bucket: str = "photos-for-tests"
    is_down: bool = False
    secrets: dict[str, str] | None = None
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    misfortune: Misfortune[Behaviour] = field(default_factory=Misfortune)

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def next(self, method: str, *behaviours: Behaviour, of: str = "") -> None:
        """What the next requests with this HTTP method meet; with `of` those only whose key has this in it."""
        self.misfortune.next(method, *behaviours, of=of)


def fails(status: int, code: str) -> Behaviour:
    return lambda exchange, usual: exchange.refuse(status, code)


def redirects(status: int, address: str) -> Behaviour:
    def answer(exchange: Exchange, usual: Callable[[], None]) -> None:
        exchange.send_response(status)
        exchange.send_header("Location", address)
        exchange.send_header("Content-Length", "0")
        exchange.end_headers()

    return answer


def slow(seconds: float) -> Behaviour:
    def answer_late(exchange: Exchange, usual: Callable[[], None]) -> None:
        time.sleep(seconds)
        usual()

    return answer_late


def keeps_nothing(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Says that all is well."""
    exchange.answer(200)


def keeps_half(exchange: Exchange, usual: Callable[[], None]) -> None:
    exchange.content = exchange.content[: len(exchange.content) // 2]
    usual()


def sends_half(exchange: Exchange, usual: Callable[[], None]) -> None:
    """And hangs up."""
    content, _ = exchange.fake.objects[exchange.key]
    exchange.send_response(200)
    exchange.send_header("Content-Length", str(len(content)))
    exchange.end_headers()
    exchange.wfile.write(content[: len(content) // 2])
    exchange.close_connection = True


def drips(exchange: Exchange, usual: Callable[[], None]) -> None:
    """A byte now and then: never silent for long. It is done after three seconds."""
    exchange.send_response(200)
    exchange.send_header("Content-Length", "60")
    exchange.end_headers()
    for _ in range(60):
        exchange.wfile.write(b" ")
        time.sleep(0.05)


def hangs_up(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Without having done anything."""
    exchange.close_connection = True


def loses_the_answer(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Does the work, and hangs up."""
    exchange.fake.objects[exchange.key] = (exchange.content, exchange.headers.get("Content-Type", ""))
    exchange.close_connection = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--bucket", default="photos-for-tests")
    parser.add_argument("--key", nargs=2, metavar=("ID", "SECRET"), help="check signatures with this access key")
    given = parser.parse_args()
    fake = FakeOss(given.bucket, port=given.port, secrets=dict([given.key]) if given.key else None)
    fake.start()
    print(f"OSS_ENDPOINT={fake.endpoint}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
