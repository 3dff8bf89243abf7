"""What one request to DashScope may meet: an error, a word about a task, an answer that is late, lost or cut."""

import threading
import time
from collections.abc import Callable
from typing import Any

from dev.fake_dashscope import CLIP, TASKS, Behaviour, Exchange


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
    """A byte now and then: never silent for long, never done. It ends when nobody listens any more."""
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000000")
    exchange.end_headers()
    while True:
        exchange.wfile.write(b" ")
        time.sleep(0.05)


def slow(seconds: float) -> Behaviour:
    """Does the work after a while."""

    def answer_late(exchange: Exchange, usual: Callable[[], None]) -> None:
        time.sleep(seconds)
        usual()

    return answer_late


def throttles(retry_after: int | None = None) -> Behaviour:
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return answers({"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"}, 429, headers)


def fails(code: str, message: str = "", status: int = 500) -> Behaviour:
    """The call; `ends_as` is for the task."""
    return answers({"code": code, "message": message}, status)


def ends_as(status: str, code: str = "", message: str = "") -> Behaviour:
    """What a question about a task is told."""
    told = {"code": code, "message": message} if code else {}
    return tells({"output": {"task_id": "", "task_status": status, **told}})


def tells(body: dict[str, Any], status: int = 200) -> Behaviour:
    """The body, with the id of the task that was asked for where it names one."""

    def tell(exchange: Exchange, usual: Callable[[], None]) -> None:
        output = body.get("output")
        if exchange.path.startswith(TASKS) and isinstance(output, dict) and "task_id" in output:
            return exchange.answer(status, body | {"output": output | {"task_id": exchange.asked_for}})
        return exchange.answer(status, body)

    return tell


def expired(exchange: Exchange, usual: Callable[[], None]) -> None:
    """As OSS answers to the address of a clip after its 24 hours, from then on."""
    exchange.fake.over.add(exchange.path)
    usual()


def cut_short(exchange: Exchange, usual: Callable[[], None]) -> None:
    """Half of the clip, and hangs up."""
    exchange.send_response(200)
    exchange.send_header("Content-Length", str(len(CLIP)))
    exchange.end_headers()
    exchange.wfile.write(CLIP[: len(CLIP) // 2])
    exchange.close_connection = True


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
