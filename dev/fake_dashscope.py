"""DashScope over real HTTP, on loopback: checks what it is sent, counts what it takes, misbehaves when told to.

`python -m dev.fake_dashscope` prints the address for DASHSCOPE_BASE_URL; set ALIYUN_EMOJI_MOCK=false,
DASHSCOPE_RESULT_HOST_SUFFIX=127.0.0.1 and any DASHSCOPE_API_KEY, and the product talks to it.
"""

import argparse
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from dev.free_port import LOOPBACK

DETECT = "/api/v1/services/aigc/image2video/face-detect"
SUBMIT = "/api/v1/services/aigc/image2video/video-synthesis"
TASKS = "/api/v1/tasks/"
CLIP = b"\0\0\0\x18ftypmp42" + b"\0" * 1000


@dataclass(frozen=True)
class Call:
    operation: str
    headers: dict[str, str]
    query: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Submission:
    task_id: str
    body: dict[str, Any]
    at: float


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
class FakeDashScope:
    """Takes every photo, runs a task for `run_seconds`, and then has a clip."""

    run_seconds: float = 0
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    behaviours: dict[str, deque[Behaviour]] = field(default_factory=dict)

    def start(self) -> None:
        handler = type("BoundExchange", (Exchange,), {"fake": self})
        self._server = ThreadingHTTPServer((LOOPBACK, self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/api/v1"

    @property
    def clip_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/clip.mp4"

    def next(self, operation: str, *behaviours: Behaviour) -> None:
        """What the next requests of this operation meet: detect, submit, ask, list or download."""
        self.behaviours.setdefault(operation, deque()).extend(behaviours)

    def serve(self, exchange: Exchange) -> None:
        call = exchange.read_call()
        self.calls.append(call)
        usual = partial(self._answer, exchange, call)
        scripted = self.behaviours.get(call.operation)
        if scripted:
            scripted.popleft()(exchange, usual)
        else:
            usual()

    def _answer(self, exchange: Exchange, call: Call) -> None:
        if call.operation == "download":
            return exchange.answer(200, CLIP, {"Content-Type": "video/mp4"})
        if refusal := _refusal(call):
            return exchange.answer(*refusal)
        return exchange.answer(200, getattr(self, f"_{call.operation}")(exchange, call) | {"request_id": str(uuid4())})

    def _detect(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        boxes = {"bbox_face": [212, 194, 460, 441], "ext_bbox_face": [63, 30, 509, 476]}
        return {"output": boxes, "usage": {"image_count": 1}}

    def _submit(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        submission = Submission(str(uuid4()), call.body, time.time())
        self.submissions.append(submission)
        return {"output": {"task_status": "PENDING", "task_id": submission.task_id}}

    def _ask(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        task_id = urlsplit(exchange.path).path.removeprefix(TASKS)
        submission = next((one for one in self.submissions if one.task_id == task_id), None)
        status = _status(submission, self.run_seconds)
        clip = {"video_url": self.clip_url} if status == "SUCCEEDED" else {}
        return {"output": {"task_id": task_id, "task_status": status, **clip}}

    def _list(self, exchange: Exchange, call: Call) -> dict[str, Any]:
        rows = [
            {
                "task_id": submission.task_id,
                "model_name": "emoji-v1",
                "status": _status(submission, self.run_seconds),
                "gmt_create": int(submission.at * 1000),
            }
            for submission in self.submissions
            if _beijing(submission.at - 1) <= call.query["end_time"]
            and _beijing(submission.at + 1) >= call.query["start_time"]
            and call.query.get("status") in (None, _status(submission, self.run_seconds))
        ]
        return {"total": len(rows), "total_page": 1, "page_no": 1, "page_size": 100, "data": rows}


def answers(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    return lambda exchange, usual: exchange.answer(status, body, headers)


def hangs_up(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Without having done anything."""
    exchange.close_connection = True


def loses_the_answer(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Does the work, and hangs up."""
    exchange.wfile = _Nowhere()  # type: ignore[assignment]  # what is written here is lost
    usual()


def holds(until: threading.Event) -> Behaviour:
    """Does the work, and answers when it is let go."""

    def hold(exchange: Exchange, usual: Callable[[], None]) -> None:
        wfile, exchange.wfile = exchange.wfile, _Nowhere()  # type: ignore[assignment]  # the answer comes later
        usual()
        written = exchange.wfile
        until.wait(60)
        exchange.wfile = wfile
        wfile.write(written.content)  # type: ignore[attr-defined]  # of _Nowhere

    return hold


def drips(exchange: Exchange, usual: Callable[[], None]) -> None:
    """A byte now and then: never silent for long, never done."""
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000")
    exchange.end_headers()
    for _ in range(1000):
        exchange.wfile.write(b" ")
        time.sleep(0.05)


class _Nowhere:
    def __init__(self) -> None:
        self.content = b""

    def write(self, content: bytes) -> None:
        self.content += content

    def flush(self) -> None:
        """There is nothing to push out."""

    def close(self) -> None:
        """Nothing is open."""

    @property
    def closed(self) -> bool:
        return False


def _operation(method: str, path: str) -> str:
    if path == "/clip.mp4":
        return "download"
    named = {("POST", DETECT): "detect", ("POST", SUBMIT): "submit", ("GET", TASKS): "list"}
    return named.get((method, path)) or ("ask" if path.startswith(TASKS) else "unknown")


def _refusal(call: Call) -> tuple[int, dict[str, str]] | None:
    """As the vendor refuses: a status, a code and a sentence."""
    headers = {name.lower(): value for name, value in call.headers.items()}
    if len(headers.get("authorization", "")) <= len("Bearer "):
        return 401, {"code": "InvalidApiKey", "message": "No API-key provided."}
    if call.operation == "submit" and headers.get("x-dashscope-async") != "enable":
        return 403, {"code": "AccessDenied", "message": "current user api does not support synchronous calls."}
    if call.operation in ("detect", "submit") and not _is_whole(call):
        return 400, {"code": "InvalidParameter", "message": "Field required"}
    return (404, {"code": "NotFound", "message": "no such path"}) if call.operation == "unknown" else None


def _is_whole(call: Call) -> bool:
    given = call.body["input"]
    if call.operation == "detect":
        return (
            call.body["model"] == "emoji-detect-v1"
            and call.body["parameters"] == {"ratio": "1:1"}
            and "image_url" in given
        )
    boxes = (given.get("face_bbox"), given.get("ext_bbox"))
    whole = all(isinstance(box, list) and len(box) == 4 for box in boxes)
    return whole and call.body["model"] == "emoji-v1" and "driven_id" in given and "image_url" in given


def _status(submission: Submission | None, run_seconds: float) -> str:
    if submission is None:
        return "UNKNOWN"
    return "SUCCEEDED" if time.time() - submission.at >= run_seconds else "RUNNING"


def _beijing(at: float) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(at + 8 * 3600))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--run-seconds", type=float, default=5)
    given = parser.parse_args()
    fake = FakeDashScope(given.run_seconds, given.port)
    fake.start()
    print(f"DASHSCOPE_BASE_URL={fake.url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
