"""Settings with which tasks would hang or limits be used twice stop the start."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError


def test_the_usual_settings_are_sound() -> None:
    call_command("check")


OSS = {"OSS_BUCKET": "photos", "OSS_ACCESS_KEY_ID": "an id", "OSS_ACCESS_KEY_SECRET": "a secret"}
INTERNAL = "https://oss-cn-beijing-internal.aliyuncs.com"
OUTSIDE = "https://oss-cn-beijing.aliyuncs.com"


@pytest.mark.parametrize("endpoints", [{}, {"OSS_ENDPOINT": INTERNAL, "OSS_PUBLIC_ENDPOINT": OUTSIDE}], ids=str)
def test_a_bucket_that_everybody_reaches_is_sound(settings: Any, endpoints: dict[str, str]) -> None:
    for name, value in (OSS | endpoints).items():
        setattr(settings, name, value)
    call_command("check")


@pytest.mark.parametrize(
    "changes",
    [
        {"OSS_ACCESS_KEY_ID": ""},
        {"OSS_ACCESS_KEY_SECRET": ""},
        {"OSS_REGION": ""},
        {"OSS_REGION": "oss-cn-beijing"},
        {"OSS_ENDPOINT": INTERNAL},
        {"OSS_PUBLIC_ENDPOINT": INTERNAL},
    ],
    ids=str,
)
def test_a_bucket_that_not_everybody_reaches_stops_the_start(settings: Any, changes: dict[str, str]) -> None:
    """Orders would be paid, and fail one by one."""
    for name, value in (OSS | changes).items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=r"pk\.E016"):
        call_command("check")


@pytest.mark.parametrize("prefix", ["", "a//b", "../photos", "our photos", "a+b"])
def test_objects_whose_place_is_none_stop_the_start(settings: Any, prefix: str) -> None:
    settings.OSS_DIR_PREFIX = prefix
    with pytest.raises(SystemCheckError, match=r"pk\.E015"):
        call_command("check")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"EMOJI_DEADLINE_SECONDS": 24 * 3600}, "pk.E012"),
        ({"EMOJI_DEADLINE_SECONDS": 0}, "pk.E012"),
        ({"EMOJI_LONGEST_SAVING_SECONDS": 24 * 3600}, "pk.E012"),
        ({"DASHSCOPE_CALL_SECONDS": 0.0}, "pk.E014"),
        ({"DASHSCOPE_ACCOUNTS": {"a": "key", "b": "key"}}, "pk.E013"),
        ({"DASHSCOPE_API_KEY": "key", "DASHSCOPE_ACCOUNTS": {"a": "key"}}, "pk.E013"),
        ({"DASHSCOPE_API_KEY": "key", "DASHSCOPE_ACCOUNTS": {"default": "other"}}, "pk.E013"),
        ({"DASHSCOPE_ACCOUNTS": {"a": ""}}, "pk.E013"),
        ({"DASHSCOPE_ACCOUNTS": {"a" * 33: "key"}}, "pk.E013"),
        ({"DASHSCOPE_PLACES": 0}, "pk.E014"),
        ({"DASHSCOPE_LOOK_UPS_PER_SECOND": 0.0}, "pk.E014"),
        ({"PROVIDER_PROCESSES": 0}, "pk.E014"),
        ({"OSS_AVATAR_PREFIX": "photos"}, "pk.E015"),
        ({"OSS_AVATAR_PREFIX": "photos/avatars"}, "pk.E015"),
        ({"OSS_AVATAR_PREFIX": "app", "OSS_RESULT_PREFIX": "app/results"}, "pk.E015"),
        ({"OSS_RESULT_PREFIX": "photos"}, "pk.E015"),
        ({"OSS_DIR_PREFIX": ""}, "pk.E015"),
    ],
    ids=str,
)
def test_a_mistake_stops_the_start(settings: Any, changes: dict[str, Any], error: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=error):
        call_command("check")


def test_prefixes_that_begin_alike_are_folders_of_their_own(settings: Any) -> None:
    settings.OSS_DIR_PREFIX, settings.OSS_RESULT_PREFIX, settings.OSS_AVATAR_PREFIX = "app/p", "app/p-results", "a"
    call_command("check")
