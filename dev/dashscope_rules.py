"""What DashScope accepts, and how much of it: headers, bodies, rates (vendor: emoji and rate-limit pages)."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Refusal = tuple[int, dict[str, str]]

SERIES = {
    "mengwa": ("kaixin", "dengyan", "gandong", "renzhen_1", "jidong", "kun_1", "jiaoxie"),
    "dagong": ("kaixin", "yangwang", "kunhuo", "zhuakuang", "wunai", "weixiao", "ganji"),
    "jingdian": ("tiaopi", "deyi_1", "qidai", "landuo_1", "xianqi", "lei"),
}
DRIVEN_IDS = frozenset(f"{series}_{name}" for series, names in SERIES.items() for name in names)
# How far a square may be from one.
ABOUT_SQUARE = 0.1


def refused_headers(operation: str, headers: Mapping[str, str], keys: frozenset[str] | None) -> Refusal | None:
    """`keys` are the ones that are known; None knows all of them."""
    sent = {name.lower(): value for name, value in headers.items()}
    scheme, _, key = sent.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        return 401, {"code": "InvalidApiKey", "message": "No API-key provided."}
    if keys is not None and key not in keys:
        return 401, {"code": "InvalidApiKey", "message": "Invalid API-key provided."}
    if operation == "submit" and sent.get("x-dashscope-async") != "enable":
        return 403, {"code": "AccessDenied", "message": "current user api does not support synchronous calls."}
    if operation in ("detect", "submit") and sent.get("content-type") != "application/json":
        return 400, {"code": "InvalidParameter", "message": "Content-Type must be application/json"}
    return (404, {"code": "NotFound", "message": "no such path"}) if operation == "unknown" else None


def refused_body(operation: str, body: Any) -> Refusal | None:
    fault = {"detect": _fault_of_detection, "submit": _fault_of_submission}.get(operation, lambda _: "")(body)
    return (400, {"code": "InvalidParameter", "message": fault}) if fault else None


def _fault_of_detection(body: Any) -> str:
    if _given(body, "model") != "emoji-detect-v1":
        return "model not exist"
    if _given(body, "parameters") != {"ratio": "1:1"}:
        return "Field required: ratio"
    return _fault_of_photo(body)


def _fault_of_submission(body: Any) -> str:
    if _given(body, "model") != "emoji-v1":
        return "model not exist"
    sent = body.get("input")
    if _given(sent, "driven_id") not in DRIVEN_IDS:
        return "Driven not exist: driven_id"
    if not _is_box(sent.get("face_bbox")):
        return "Invalid face_bbox"
    if not _is_box(sent.get("ext_bbox")) or not _is_about_square(sent["ext_bbox"]):
        return "Invalid ext_bbox"
    return _fault_of_photo(body)


def _fault_of_photo(body: Any) -> str:
    url = _given(_given(body, "input"), "image_url")
    return "" if isinstance(url, str) and url.startswith(("http://", "https://")) else "Field required: image_url"


def _given(fields: Any, name: str) -> Any:
    return fields.get(name) if isinstance(fields, dict) else None


def _is_box(box: Any) -> bool:
    whole = isinstance(box, list) and len(box) == 4 and all(type(side) is int for side in box)
    return whole and box[0] < box[2] and box[1] < box[3]


def _is_about_square(box: list[int]) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return abs(width - height) <= ABOUT_SQUARE * max(width, height)


@dataclass
class Rates:
    """Calls in one second, by operation, of the account as a whole; list and query are counted apart."""

    per_second: Mapping[str, int] = field(
        default_factory=lambda: {"detect": 1, "submit": 1, "ask": 20, "list": 20, "cancel": 20}
    )
    _seen: dict[str, deque[float]] = field(default_factory=dict)

    def refused(self, operation: str) -> Refusal | None:
        if operation not in self.per_second:
            return None
        now, seen = time.monotonic(), self._seen.setdefault(operation, deque())
        while seen and now - seen[0] >= 1:
            seen.popleft()
        if len(seen) >= self.per_second[operation]:
            return 429, {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded, please try again."}
        seen.append(now)
        return None


@dataclass(frozen=True)
class Run:
    """When one task begins to run and when it is done, in Unix seconds."""

    begins: float
    ends: float


def runs(submitted: list[float], seconds: float, at_once: int | None) -> list[Run]:
    """`at_once` tasks run beside each other, the others wait for them in their order; None lets all run."""
    if at_once is None:
        return [Run(at, at + seconds) for at in submitted]
    planned: list[Run] = []
    free_from = [0.0] * at_once
    for at in submitted:
        begins = max(at, free_from[0])
        planned.append(Run(begins, begins + seconds))
        free_from = sorted([*free_from[1:], begins + seconds])
    return planned
