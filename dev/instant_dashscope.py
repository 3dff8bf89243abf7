"""DashScope for load, as a WSGI application: takes every photo, has every clip at once, and remembers nothing.

It checks what it is sent as the fake does. `granian --interface wsgi dev.instant_dashscope:application` serves it.
"""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from dev.dashscope_rules import refused_body, refused_headers
from dev.fake_dashscope import CLIP, DETECT, SUBMIT, TASKS

BOXES = {"bbox_face": [212, 194, 460, 441], "ext_bbox_face": [63, 30, 509, 476]}
NAMED = {DETECT: "detect", SUBMIT: "submit", TASKS: "list"}
Start = Callable[[str, list[tuple[str, str]]], Any]


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/clip.mp4":
        return _send(start, 200, CLIP, "video/mp4")
    operation = NAMED.get(path, "ask")
    body = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or "null")
    refusal = refused_headers(operation, _headers(environ), None) or refused_body(operation, body)
    status, answer = refusal or (200, _answer(operation, path, environ["HTTP_HOST"]))
    return _send(start, status, json.dumps(answer).encode(), "application/json")


def _answer(operation: str, path: str, host: str) -> dict[str, Any]:
    if operation == "list":
        return {"data": [], "total_page": 1}
    if operation == "detect":
        return {"output": BOXES}
    if operation == "submit":
        return {"output": {"task_status": "PENDING", "task_id": str(uuid4())}}
    task_id = path.removeprefix(TASKS)
    return {"output": {"task_id": task_id, "task_status": "SUCCEEDED", "video_url": f"http://{host}/clip.mp4"}}


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    sent = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    return sent | {"content-type": environ.get("CONTENT_TYPE", "")}


def _send(start: Start, status: int, body: bytes, content_type: str) -> Iterable[bytes]:
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
