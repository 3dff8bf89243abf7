"""What DashScope may do beyond a plain error: answers that are none, clips that are none, other people's tasks."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from dev.dashscope_behaviours import answers, tells
from dev.fake_dashscope import Behaviour, Exchange

HANGS_SECONDS = 600.0
MEGABYTE = b" " * 1024 * 1024
NOT_FOUND = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>"

# To a question about a task: no end of it, whatever they say.
RUBBISH: dict[str, Behaviour] = {
    "nothing": answers(b""),
    "null": answers(b"null"),
    "an array": answers([]),
    "a number": answers(b"5"),
    "cut JSON": answers(b'{"output": {"task_st'),
    "no text": answers(b"\xff\xfe\x00"),
    "a page": answers(b"<html>welcome</html>", headers={"Content-Type": "text/html"}),
    "no output": answers({"request_id": "x"}),
    "output null": answers({"output": None}),
    "output a list": answers({"output": [1]}),
    "no status": tells({"output": {"task_id": ""}}),
    "a status that is a number": tells({"output": {"task_id": "", "task_status": 7}}),
    "a status of a thousand letters": tells({"output": {"task_id": "", "task_status": "X" * 1000}}),
    "success without a clip": tells({"output": {"task_id": "", "task_status": "SUCCEEDED"}}),
    "success with a clip that is no text": tells(
        {"output": {"task_id": "", "task_status": "SUCCEEDED", "video_url": ["x"]}}
    ),
    "results that are none": tells({"output": {"task_id": "", "task_status": "SUCCEEDED", "results": "x"}}),
    "an error without a code": answers({"message": "oops"}, 500),
    "a code that is a number": answers({"code": 5}, 400),
}


def hangs(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Takes the request, does nothing, says nothing, and does not hang up."""
    time.sleep(HANGS_SECONDS)


def announces(size: int) -> Behaviour:
    """So many bytes will come, it says."""
    return answers(b"", 200, {"Content-Length": str(size)})


def without_end(megabytes: int, begins: bytes = b"") -> Behaviour:
    """Says nothing of a size, and goes on until somebody has enough."""

    def pour(exchange: Exchange, usual: Callable[[], None]) -> None:
        exchange.send_response(200)
        exchange.end_headers()
        with suppress(ConnectionError):
            exchange.wfile.write(begins)
            for _ in range(megabytes):
                exchange.wfile.write(MEGABYTE)

    return pour


def sends_elsewhere(location: str) -> Behaviour:
    return answers(b"", 302, {"Location": location})


def gone(exchange: Exchange, usual: Callable[[], None]) -> None:
    """As OSS answers when the clip is not there any more."""
    exchange.answer(404, NOT_FOUND, {"Content-Type": "application/xml"})


def tells_of_another(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Asked for one task, it answers that another one is done."""
    task_id = next(one.task_id for one in exchange.fake.submissions if one.task_id != exchange.asked_for)
    clip = f"{exchange.fake.clip_url}?of={task_id}"
    exchange.answer(200, {"output": {"task_id": task_id, "task_status": "SUCCEEDED", "video_url": clip}})


def as_usual(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Nothing, in a row of troubles."""
    usual()


def says(status: str, **more: Any) -> Behaviour:
    """A word about a task that may not be true."""
    return tells({"output": {"task_id": "", "task_status": status, **more}})
