"""DashScope's emoji-detect-v1 and emoji-v1 (vendor: the emoji-detect, emoji and asynchronous-task API pages).

The body is read at any status: a refused photo comes as 200 or as 400, with its code below `output` or beside it.
"""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

import orjson
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from apps.core.bounded_http import Answer, BoundedHttp, CallFailed
from apps.emoji.dashscope_errors import TOO_MANY_REQUESTS, provider_error
from apps.emoji.provider import Box, Clip, FaceBoxes, Fault, Page, Photo, Progress, ProviderError, Retry, Status, Window

DETECT = "/services/aigc/image2video/face-detect"
SUBMIT = "/services/aigc/image2video/video-synthesis"
BEIJING = timezone(timedelta(hours=8))
LARGEST_ANSWER = 1024 * 1024
LARGEST_CLIP = 50 * 1024 * 1024
PAGE_SIZE = 100
# A breakdown told so says nothing of whether a task was made: a time-out, or words of what stands before the vendor.
LEAVES_OPEN = ("provider_timeout", "provider_failed")
DEFAULT_PORTS = {"http": 80, "https": 443}


class DashScope:
    """`result_host_suffix` is the ending of the hosts that clips are fetched from, as in `.aliyuncs.com`; without a dot
    before it it is one host, at whatever port and in whatever network. Times are seconds."""

    name = "dashscope"

    def __init__(
        self,
        api_key: str,
        base_url: str,
        result_host_suffix: str,
        *,
        connect_timeout: float = 3,
        read_timeout: float = 10,
        call_timeout: float = 15,
        download_timeout: float = 60,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._result_host_suffix = result_host_suffix
        self._headers = {"Authorization": f"Bearer {api_key}"}
        silence = min(read_timeout, call_timeout)
        self._api = BoundedHttp((connect_timeout, silence), call_timeout, LARGEST_ANSWER)
        self._results = BoundedHttp(
            (connect_timeout, silence),
            download_timeout,
            LARGEST_CLIP,
            internet_only=result_host_suffix.startswith("."),
        )

    def detect(self, photo: Photo) -> FaceBoxes:
        request = {"model": "emoji-detect-v1", "input": {"image_url": photo.url}, "parameters": {"ratio": "1:1"}}
        output = _output(self._call("POST", DETECT, request))
        # The names differ on purpose: detection answers with bbox_face what synthesis wants as face_bbox.
        return FaceBoxes(_box(output, "bbox_face"), _box(output, "ext_bbox_face"))

    def submit(self, photo: Photo, driven_id: str, boxes: FaceBoxes) -> str:
        fields = {
            "image_url": photo.url,
            "driven_id": driven_id,
            "face_bbox": list(boxes.face),
            "ext_bbox": list(boxes.extended),
        }
        request = {"model": "emoji-v1", "input": fields}
        try:
            output = _output(self._call("POST", SUBMIT, request, {"X-DashScope-Async": "enable"}))
            return _text(output, "task_id")
        except UnreadableAnswer as error:
            # It was sent and something came back, so the task may well exist.
            raise _lost(str(error.raw)) from error
        except ProviderError as error:
            if error.broke_down and error.code in LEAVES_OPEN:
                raise _lost(error.raw) from error
            raise

    def ask(self, provider_task_id: str) -> Progress:
        output = _output(self._call("GET", f"/tasks/{provider_task_id}"))
        status = _text(output, "task_status")
        if output.get("task_id", provider_task_id) != provider_task_id:
            # Whose clip it is must never be in doubt.
            raise UnreadableAnswer("an answer about another task")
        if status == "SUCCEEDED":
            return Progress(Status.SUCCEEDED, _result_url(output))
        if status in ("FAILED", "CANCELED"):
            raise _ended(output, status)
        if status == "UNKNOWN":
            # Right after a submission it may not be known everywhere yet.
            raise ProviderError("provider_failed", retry=Retry.LATER, raw="the provider does not know this task")
        # A word we have not heard of is not an end.
        return Progress(Status.PENDING if status == "PENDING" else Status.RUNNING)

    def list_page(self, window: Window, page: int) -> Page:
        answer = _fields(self._call("GET", "/tasks/", query=_query(window, page)))
        try:
            rows = [row for row in answer.get("data") or [] if isinstance(row, dict)]
            found = [(int(row.get("gmt_create") or 0), str(row["task_id"])) for row in rows if row.get("task_id")]
            return Page([task_id for _, task_id in sorted(found)], page >= int(answer.get("total_page") or 1))
        except (TypeError, ValueError) as error:
            raise UnreadableAnswer("a list that is none") from error

    def download(self, progress: Progress) -> Clip:
        if not _is_result_host(progress.result_url, self._result_host_suffix):
            raise ProviderError("result_unavailable", raw="the clip lies on a host we do not fetch from")
        try:
            answer = self._results.send("GET", progress.result_url)
        except CallFailed as error:
            raise ProviderError("result_unavailable", retry=Retry.LATER, raw=str(error)) from error
        content_type = _clip_type(answer.body)
        if answer.status != 200 or not content_type:
            raise ProviderError("result_unavailable", retry=Retry.LATER, raw=f"{answer.status}, no clip")
        return Clip(answer.body, content_type)

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = self._headers | {"Content-Type": "application/json"} | dict(headers or {})
        content = orjson.dumps(body) if body else None
        try:
            return self._api.send(method, self._base_url + path, headers=sent, body=content, query=query)
        except CallFailed as error:
            if path == SUBMIT and error.may_have_arrived:
                raise _lost(str(error)) from error
            code = "provider_timeout" if error.timed_out else "provider_unavailable"
            raise ProviderError(code, retry=Retry.LATER, raw=str(error), fault=Fault.PROVIDER) from error


class UnreadableAnswer(ProviderError):
    def __init__(self, raw: str) -> None:
        super().__init__("provider_failed", retry=Retry.LATER, raw=raw, fault=Fault.PROVIDER)


def _ended(output: Mapping[str, Any], status: str) -> ProviderError:
    """Whatever the reason, a task that has ended stays ended: asking again changes nothing."""
    error = provider_error(str(output.get("code", status)), str(output.get("message", "")), http_status=200)
    return ProviderError(error.code, retry=Retry.NEVER, raw=error.raw)


def _lost(raw: str) -> ProviderError:
    return ProviderError("provider_timeout", raw=raw, outcome_unknown=True, fault=Fault.PROVIDER)


def _fields(answer: Answer) -> Mapping[str, Any]:
    """The body as an object. Raises ProviderError for an error told in it or by 429, else UnreadableAnswer."""
    try:
        fields = orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise _unreadable(answer, "no JSON") from error
    if not isinstance(fields, dict):
        raise _unreadable(answer, "no object")
    if answer.status != 200 or "code" in fields:
        _raise_told(fields, answer)
    return fields


def _output(answer: Answer) -> Mapping[str, Any]:
    fields = _fields(answer)
    output = fields.get("output")
    if not isinstance(output, dict):
        raise UnreadableAnswer("an answer without output")
    if "code" in output and "task_status" not in output:
        _raise_told(output, answer)
    return output


def _raise_told(fields: Mapping[str, Any], answer: Answer) -> None:
    inner = fields.get("output")
    told = inner if isinstance(inner, dict) and "code" in inner else fields
    code, message = told.get("code"), told.get("message")
    if not isinstance(code, str) or not code:
        raise _unreadable(answer, "no code")
    raise provider_error(
        code, str(message or ""), http_status=answer.status, retry_after_seconds=answer.retry_after_seconds
    )


def _unreadable(answer: Answer, why: str) -> ProviderError:
    """What stands before the vendor and turns a call away for its haste knows nothing of the vendor's codes."""
    if answer.status == TOO_MANY_REQUESTS:
        return provider_error("", why, http_status=answer.status, retry_after_seconds=answer.retry_after_seconds)
    return UnreadableAnswer(f"{answer.status}, {why}")


def _box(output: Mapping[str, Any], name: str) -> Box:
    match output.get(name):
        case [int(left), int(top), int(right), int(bottom)]:
            return left, top, right, bottom
        case other:
            raise UnreadableAnswer(f"{name} is no box: {other!r}"[:200])


def _text(output: Mapping[str, Any], name: str) -> str:
    value = output.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise UnreadableAnswer(f"an answer without {name}")
    return value


def _result_url(output: Mapping[str, Any]) -> str:
    """The sister model keeps it one level deeper; both are accepted."""
    results = output.get("results")
    inner = results.get("video_url") if isinstance(results, dict) else None
    url = output.get("video_url") or inner
    if not isinstance(url, str) or not 0 < len(url) <= 2000:
        raise UnreadableAnswer("SUCCEEDED without the clip's address")
    return url


def _query(window: Window, page: int) -> dict[str, str]:
    """The vendor's times carry no zone; it lives by Beijing's clock."""
    times = {
        name: at.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")
        for name, at in (("start_time", window.since), ("end_time", window.until))
    }
    status = {"status": window.status.upper()} if window.status else {}
    return {**times, **status, "model_name": "emoji-v1", "page_no": str(page), "page_size": str(PAGE_SIZE)}


def _is_result_host(url: str, suffix: str) -> bool:
    """By the parser that the call goes by: of some addresses another one finds another host."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return False
    known = _is_one_of_many(parts, suffix) if suffix.startswith(".") else parts.host == suffix
    return parts.scheme in DEFAULT_PORTS and known and parts.auth is None


def _is_one_of_many(parts: Url, suffix: str) -> bool:
    host = parts.host or ""
    # Names within Aliyun's own network resolve to private addresses.
    inner = not {"internal", "vpc", "vpc100"}.isdisjoint(host.replace("-", ".").split("."))
    return host.endswith(suffix) and not inner and parts.port in (None, DEFAULT_PORTS.get(parts.scheme or ""))


def _clip_type(content: bytes) -> str:
    """By what the file is, whatever it is called."""
    if content[4:8] == b"ftyp":
        return "video/mp4"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if content[:4] == b"GIF8" else ""
