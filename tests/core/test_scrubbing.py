"""What must not leave is not in what leaves, wherever it stood; what helps to find a fault stays."""

from typing import Any

import pytest

from apps.core.scrubbing import REMOVED, scrubbed

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
SECRETS = [
    "pkd1_6hV0cGvJq2w",
    "pkr1_6hV0cGvJq2w",
    JWT,
    "LTAI5tQnKxWvQn7Zz",
    "sk-0123456789abcdef",
]
PHOTOS = [
    "https://photos.oss-cn-beijing.aliyuncs.com/photos/7/8.jpg?x-oss-signature=abc",
    "http://127.0.0.1:8000/api/v1/emoji/objects/photos/7/8.jpg?expires=1&signature=abc",
    "https://cdn.example.com/results/7/8.mp4",
    "https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/1d/clip?Expires=1&OSSAccessKeyId=x&Signature=y",
]


@pytest.mark.parametrize("secret", [*SECRETS, *PHOTOS])
@pytest.mark.parametrize("shape", ["{}", "before {} after", "key='{}'", '{{"field": "{}"}}', "Traceback: Error({!r})"])
def test_what_looks_like_a_secret_or_leads_to_a_photo_is_removed(secret: str, shape: str) -> None:
    clean = scrubbed({"event": [shape.format(secret)]})["event"][0]
    assert secret not in clean
    assert "/8." not in clean
    assert "signature=abc" not in clean
    assert REMOVED in clean


@pytest.mark.parametrize(
    "name",
    ["device_id", "deviceId", "Authorization", "password", "api_key", "refresh_token", "device_secret", "Set-Cookie"],
)
def test_what_is_named_like_a_secret_is_removed_however_it_looks(name: str) -> None:
    assert scrubbed({"a": {name: "plain"}}) == {"a": {name: REMOVED}}


def test_passwords_in_addresses_are_removed() -> None:
    assert "hunter2" not in scrubbed("cannot reach redis://:hunter2@cache:6379/0 or postgresql://pk:hunter2@db/pk")
    assert scrubbed("cannot reach redis://:hunter2@cache:6379/0").endswith("redis://cache:6379/0")


@pytest.mark.parametrize(
    "harmless",
    [
        "GET https://dashscope.aliyuncs.com/api/v1/tasks/abc answers 503",
        "emoji task 2124977604687450113 failed in stage saving",
        "the request 3f2c1a and its id stay",
    ],
)
def test_what_helps_stays(harmless: str) -> None:
    assert scrubbed(harmless) == harmless


def test_shapes_and_numbers_stay_and_bytes_are_only_counted() -> None:
    value: dict[str, Any] = {"n": 1, "f": 1.5, "none": None, "yes": True, "list": [1, "two"], "token_type": "Bearer"}
    assert scrubbed(value) == value
    assert scrubbed({"photo": b"12345"}) == {"photo": "[5 bytes]"}


def test_something_endless_ends() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    assert REMOVED in str(scrubbed(endless))
