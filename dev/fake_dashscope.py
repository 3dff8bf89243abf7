"""DashScope over real HTTP, on loopback: checks what it is sent, counts what it takes, misbehaves when told to.

`python -m dev.fake_dashscope` prints the address for DASHSCOPE_BASE_URL; set ALIYUN_EMOJI_MOCK=false,
DASHSCOPE_RESULT_HOST_SUFFIX=127.0.0.1 and any DASHSCOPE_API_KEY, and the product talks to it. `make dev ARGS=--fakes`
does all that.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import requests

from dev.dashscope_rules import Rates, Refusal, refused_body, refused_headers, runs
from dev.fake_server import FakeServer
from dev.free_port import LOOPBACK
from dev.loopback_http import loopback_session
from dev.misfortune import Misfortune

DETECT = "/api/v1/services/aigc/image2video/face-detect"
SUBMIT = "/api/v1/services/aigc/image2video/video-synthesis"
TASKS = "/api/v1/tasks/"
DOWN = b"<html><title>502 Bad Gateway</title></html>"
CLIP = (Path(__file__).parent / "clip.mp4").read_bytes()
EXPIRED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>"
XML = {"Content-Type": "application/xml"}


@dataclass(frozen=True)
class Call:
    operation: str
    headers: dict[str, str]
    query: dict[str, str]
    body: Any
    at: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Submission:
    task_id: str
    body: dict[str, Any]
    at: float

    @property
    def photo_url(self) -> str:
        return str(self.body.get("input", {}).get("image_url", ""))


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    fake: "FakeDashScope"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        with suppress(ConnectionError):
            self.fake.serve(self)

    @property
    def asked_for(self) -> str:
        """The id in a question about a task."""
        return urlsplit(self.path).path.removeprefix(TASKS)

    def read_call(self) -> Call:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = _operation(self.command, parts.path)
        return Call(operation, dict(self.headers), dict(parse_qsl(parts.query)), json.loads(content or "null"))

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """The test sees the calls; nobody reads a log."""


Behaviour = Callable[[Exchange, Callable[[], None]], None]
"""What happens to one request; its second argument does the usual thing."""


@dataclass
class FakeDashScope(FakeServer):
    """Takes every photo, runs a task for `run_seconds`, and then has a clip.

    As strict as the real one when asked: `keys` are those it knows, `rates` what it takes in a second, `at_once` how
    many tasks it runs beside each other, and with `fetches_photos` it fetches the photo from where it is said to lie.
    While it `is_down` every call fails.
    """

    exchange = Exchange

    run_seconds: float = 0
    keys: frozenset[str] | None = None
    rates: Rates | None = None
    at_once: int | None = None
    fetches_photos: bool = False
    is_down: bool = False
    calls: list[Call] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    misfortune: Misfortune[Behaviour] = field(default_factory=Misfortune)
    # Addresses of clips that have expired; a later look at the task tells another one.
    over: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/api/v1"

    @property
    def clip_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/clip.mp4"

    def next(self, operation: str, *behaviours: Behaviour, of: str = "") -> None:
        """What the next requests of this operation meet: detect, submit, ask, list or download.

        With `of` those only whose photo has this in its address.
        """
        self.misfortune.next(operation, *behaviours, of=of)

    def submissions_of(self, photo: str) -> list[Submission]:
        """Those whose photo has this in its address."""
        return [submission for submission in self.submissions if photo in submission.photo_url]

    def serve(self, exchange: Exchange) -> None:
        call = exchange.read_call()
        self.calls.append(call)
        if self.is_down:
            return exchange.answer(502, DOWN, {"Content-Type": "text/html"})
        usual = partial(self._answer, exchange, call)
        if behave := self.misfortune.of(call.operation, self._photo_url(exchange, call)):
            behave(exchange, usual)
        else:
            usual()
        return None

    def _photo_url(self, exchange: Exchange, call: Call) -> str:
        """That of whom the request is about, as far as it tells."""
        if call.operation in ("detect", "submit"):
            return str(call.body)
        task_id = call.query.get("of", exchange.asked_for)
        return next((one.photo_url for one in self.submissions if one.task_id == task_id), "")

    def _answer(self, exchange: Exchange, call: Call) -> None:
        if call.operation == "download":
            return self._download(exchange)
        if refusal := self._refusal(call):
            return exchange.answer(*refusal)
        return exchange.answer(200, getattr(self, f"_{call.operation}")(exchange, call) | {"request_id": str(uuid4())})

    def _download(self, exchange: Exchange) -> None:
        if exchange.path in self.over:
            return exchange.answer(403, EXPIRED, XML)
        return exchange.answer(200, CLIP, {"Content-Type": "video/mp4"})

    def _refusal(self, call: Call) -> Refusal | None:
        """As the vendor refuses: a status, a code and a sentence."""
        return (
            refused_headers(call.operation, call.headers, self.keys)
            or (self.rates and self.rates.refused(call.operation))
            or refused_body(call.operation, call.body)
            or (self._refused_photo(call.body["input"]["image_url"]) if self._looks_at_photo(call) else None)
        )

    def _looks_at_photo(self, call: Call) -> bool:
        return self.fetches_photos and call.operation in ("detect", "submit")

    def _refused_photo(self, url: str) -> Refusal | None:
        try:
            answer = loopback_session().get(url, timeout=10)
        except requests.RequestException:
            return 400, {"code": "InvalidURL.ConnectionRefused", "message": "Connection to the URL was refused."}
        if not answer.ok:
            return 400, {"code": "InvalidParameter.DataInspection", "message": "Unable to download the media resource"}
        return None if answer.content else (400, {"code": "InvalidFile.Openerror", "message": "cannot be opened"})

    def _detect(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        boxes = {"bbox_face": [212, 194, 460, 441], "ext_bbox_face": [63, 30, 509, 476]}
        return {"output": boxes, "usage": {"image_count": 1}}

    def _submit(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        submission = Submission(str(uuid4()), call.body, time.time())
        self.submissions.append(submission)
        return {"output": {"task_status": "PENDING", "task_id": submission.task_id}}

    def _ask(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        task_id = exchange.asked_for
        status = self._statuses().get(task_id, "UNKNOWN")
        address = f"{self.clip_url}?of={task_id}&signed={len(self.calls)}"
        clip = {"video_url": address} if status == "SUCCEEDED" else {}
        return {"output": {"task_id": task_id, "task_status": status, **clip}}

    def _list(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        statuses, query = self._statuses(), call.query
        rows = [
            {
                "task_id": submission.task_id,
                "model_name": "emoji-v1",
                "status": statuses[submission.task_id],
                "gmt_create": int(submission.at * 1000),
            }
            for submission in self.submissions
            if _beijing(submission.at - 1) <= query["end_time"]
            and _beijing(submission.at + 1) >= query["start_time"]
            and query.get("status") in (None, statuses[submission.task_id])
        ]
        number, size = int(query.get("page_no", 1)), int(query.get("page_size", 10))
        page = rows[(number - 1) * size : number * size]
        pages = max(1, -(-len(rows) // size))
        return {"total": len(rows), "total_page": pages, "page_no": number, "page_size": size, "data": page}

    def _statuses(self) -> dict[str, str]:
        now, submitted = time.time(), list(self.submissions)
        planned = runs([submission.at for submission in submitted], self.run_seconds, self.at_once)
        return {
            submission.task_id: "PENDING" if now < run.begins else "RUNNING" if now < run.ends else "SUCCEEDED"
            for submission, run in zip(submitted, planned, strict=True)
        }


def _operation(method: str, path: str) -> str:
    if path.startswith("/clip.mp4"):
        return "download"
    named = {("POST", DETECT): "detect", ("POST", SUBMIT): "submit", ("GET", TASKS): "list"}
    return named.get((method, path)) or ("ask" if path.startswith(TASKS) else "unknown")


def _beijing(at: float) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(at + 8 * 3600))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--run-seconds", type=float, default=5)
    parser.add_argument("--real-limits", action="store_true", help="throttle and queue as the vendor does")
    parser.add_argument("--fetch-photos", action="store_true", help="refuse photos that cannot be fetched")
    parser.add_argument("--key", action="append", help="a key that it knows; without any it knows all")
    given = parser.parse_args()
    fake = FakeDashScope(
        given.run_seconds,
        port=given.port,
        keys=frozenset(given.key) if given.key else None,
        rates=Rates() if given.real_limits else None,
        at_once=1 if given.real_limits else None,
        fetches_photos=given.fetch_photos,
    )
    fake.start()
    print(f"DASHSCOPE_BASE_URL={fake.url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
