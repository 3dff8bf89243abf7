"""A reward belongs to the week of the Sunday it was due on, whenever it is granted."""

from datetime import UTC, datetime

import pytest

from apps.points.reward_week import due, named


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "label", "due_at"),
    [
        ("2026-11-29T00:00", "2026-W48", "2026-11-29"),
        ("2026-11-28T23:59:59", "2026-W47", "2026-11-22"),
        ("2026-11-29T13:00", "2026-W48", "2026-11-29"),
        ("2026-11-30T09:00", "2026-W48", "2026-11-29"),
        ("2026-12-05T23:59", "2026-W48", "2026-11-29"),
        ("2026-12-06T00:00", "2026-W49", "2026-12-06"),
        ("2027-01-02T23:59", "2026-W52", "2026-12-27"),
        ("2027-01-03T00:00", "2026-W53", "2027-01-03"),
        ("2027-01-09T23:59", "2026-W53", "2027-01-03"),
        ("2027-01-10T00:00", "2027-W01", "2027-01-10"),
    ],
)
def test_the_week_that_is_due(now: str, label: str, due_at: str) -> None:
    week = due(moment(now))
    assert (week.label, week.due_at) == (label, moment(due_at))
    assert named(label) == week


def test_the_clock_of_another_zone_names_the_same_week() -> None:
    assert due(datetime.fromisoformat("2026-11-29T07:59:00+08:00")).label == "2026-W47"


def test_weeks_follow_each_other_over_new_year() -> None:
    assert [named("2026-W52").next.label, named("2026-W53").next.label] == ["2026-W53", "2027-W01"]


@pytest.mark.parametrize(
    "label", ["", "2026", "2026-48", "2026-W54", "2027-W53", "2026-W00", "2026-W1", "2026-W481", "x-Wyz"]
)
def test_what_names_no_week_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        named(label)
