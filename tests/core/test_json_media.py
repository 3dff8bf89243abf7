"""JSON is written in one way."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from apps.core.json_media import dumps


def test_a_moment_is_utc_with_milliseconds() -> None:
    beijing = timezone(timedelta(hours=8))
    assert dumps(datetime(2026, 11, 23, 8, 0, 0, 123456, tzinfo=beijing)) == b'"2026-11-23T00:00:00.123Z"'
    assert dumps(datetime(2026, 11, 23, tzinfo=UTC)) == b'"2026-11-23T00:00:00.000Z"'


def test_what_has_no_form_in_json_is_a_bug() -> None:
    with pytest.raises(TypeError):
        dumps(object())
