"""Versions are compared by their numbers."""

import pytest

from apps.remoteconfig.app_version import Update, update


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.1.9", "required"),
        ("1.2.0-beta+7", "available"),
        ("1.2", "available"),
        ("1.9.9", "available"),
        ("1.10.0", "none"),
        ("2", "none"),
        ("", "none"),
        ("v1.0", "none"),
        ("1.0x", "none"),
        ("9" * 64, "none"),
        ("\u0967.\u0966", "none"),
    ],
)
def test_what_an_app_should_do(version: str, told: Update) -> None:
    assert update(version, "1.2.0", "1.10.0") == told


def test_without_limits_nothing_is_asked() -> None:
    assert update("0.1", None, None) == "none"
