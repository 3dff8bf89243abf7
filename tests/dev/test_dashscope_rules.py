"""The stand-in for DashScope is as strict as the vendor's pages."""

from typing import Any

import pytest

from dev.dashscope_rules import Rates, Run, refused_body, refused_headers, runs

HEADERS = {"Authorization": "Bearer key", "Content-Type": "application/json", "X-DashScope-Async": "enable"}
DETECTION = {
    "model": "emoji-detect-v1",
    "input": {"image_url": "https://photos.example/1.jpg"},
    "parameters": {"ratio": "1:1"},
}
SUBMISSION: dict[str, Any] = {
    "model": "emoji-v1",
    "input": {
        "image_url": "https://photos.example/1.jpg",
        "driven_id": "mengwa_kaixin",
        "face_bbox": [212, 194, 460, 441],
        "ext_bbox": [63, 30, 609, 575],
    },
}


def test_a_whole_request_is_taken() -> None:
    assert refused_headers("submit", HEADERS, frozenset({"key"})) is None
    assert refused_body("submit", SUBMISSION) is None
    assert refused_body("detect", DETECTION) is None


@pytest.mark.parametrize(
    ("without", "status"), [("Authorization", 401), ("X-DashScope-Async", 403), ("Content-Type", 400)]
)
def test_each_header_is_needed(without: str, status: int) -> None:
    refusal = refused_headers("submit", {name: HEADERS[name] for name in HEADERS if name != without}, None)
    assert refusal is not None
    assert refusal[0] == status


def test_a_key_of_somebody_else_is_refused() -> None:
    refusal = refused_headers("detect", HEADERS, frozenset({"another"}))
    assert refusal is not None
    assert refusal[1]["code"] == "InvalidApiKey"


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("detect", None),
        ("detect", DETECTION | {"model": "emoji-v1"}),
        ("detect", DETECTION | {"parameters": {"ratio": "3:4"}}),
        ("detect", DETECTION | {"input": {}}),
        ("detect", DETECTION | {"input": {"image_url": "ftp://photos.example/1.jpg"}}),
        ("submit", SUBMISSION | {"model": "emoji-detect-v1"}),
        ("submit", SUBMISSION | {"input": None}),
    ],
)
def test_a_broken_request_is_refused(operation: str, body: Any) -> None:
    refusal = refused_body(operation, body)
    assert refusal is not None
    assert (refusal[0], refusal[1]["code"]) == (400, "InvalidParameter")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("driven_id", "mengwa_nothing", "Driven not exist: driven_id"),
        ("face_bbox", [1, 2, 3], "Invalid face_bbox"),
        ("ext_bbox", [0, 0, 100, 300], "Invalid ext_bbox"),
        ("ext_bbox", [100, 100, 0, 0], "Invalid ext_bbox"),
        ("image_url", None, "Field required: image_url"),
    ],
)
def test_each_field_of_a_submission_is_looked_at(name: str, value: Any, message: str) -> None:
    refusal = refused_body("submit", SUBMISSION | {"input": SUBMISSION["input"] | {name: value}})
    assert refusal is not None
    assert refusal[1]["message"] == message


def test_of_each_kind_so_many_calls_a_second_are_taken() -> None:
    rates = Rates({"submit": 2, "ask": 3})
    refused = [rates.refused("submit") is not None for _ in range(3)]
    assert refused == [False, False, True]
    assert rates.refused("ask") is None
    assert rates.refused("download") is None


def test_one_task_runs_at_a_time_and_the_others_wait() -> None:
    assert runs([0, 1, 100], 10, at_once=1) == [Run(0, 10), Run(10, 20), Run(100, 110)]
    assert runs([0, 1, 2], 10, at_once=2) == [Run(0, 10), Run(1, 11), Run(10, 20)]
    assert runs([0, 1], 10, at_once=None) == [Run(0, 10), Run(1, 11)]
