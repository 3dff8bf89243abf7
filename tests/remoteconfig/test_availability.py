"""Apps above this one say whether emoji are made."""

from datetime import UTC, datetime

import pytest

from apps.remoteconfig import availability
from apps.remoteconfig.availability import Pause

PAUSE = Pause("for a test", datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def nobody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "_sources", [])


@pytest.mark.usefixtures("nobody_tells")
def test_when_nobody_complains_emoji_are_made() -> None:
    availability.tell_by(lambda: None)
    assert availability.generation_pause() is None


@pytest.mark.usefixtures("nobody_tells")
def test_the_first_complaint_is_told() -> None:
    for told in (None, PAUSE, Pause("another", PAUSE.until)):
        availability.tell_by(lambda told=told: told)  # type: ignore[misc]  # mypy sees no type in a bound default
    assert availability.generation_pause() == PAUSE
