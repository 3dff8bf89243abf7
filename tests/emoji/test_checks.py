"""Settings with which tasks would hang or limits be used twice stop the start."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError


def test_the_usual_settings_are_sound() -> None:
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
    ],
    ids=str,
)
def test_a_mistake_stops_the_start(settings: Any, changes: dict[str, Any], error: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=error):
        call_command("check")
