"""Simple values fit or do not; the sentence says what would."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.remoteconfig.kinds import (
    Choice,
    Email,
    Flag,
    Kind,
    Label,
    Link,
    Moment,
    OrNull,
    Problem,
    Text,
    Version,
    Whole,
)


def taken(kind: Kind, value: Any) -> tuple[Any, list[str]]:
    problems: list[Problem] = []
    return kind.read("a.key", value, problems), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Whole(1, 10, "days"), 10),
        (Flag(), False),
        (Choice(("a", "b")), "b"),
        (Text(), "x"),
        (Link(), "https://example.com/terms"),
        (Email(), "help@example.com"),
        (Version(), "1.10.0"),
        (Label(), "2026-01"),
        (OrNull(Version(), "any"), None),
    ],
)
def test_what_fits_is_taken_as_it_is(kind: Kind, value: Any) -> None:
    assert taken(kind, value) == (value, [])


def test_a_moment_is_told_in_utc() -> None:
    assert taken(Moment(), "2026-01-31T18:00:00+08:00") == (datetime(2026, 1, 31, 10, tzinfo=UTC), [])


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Whole(1, 10, "days"), 11, "a.key must be a whole number of days from 1 to 10, not 11"),
        (Whole(0, 1, "days"), True, "a.key must be a whole number of days from 0 to 1, not True"),
        (Flag(), 1, "a.key must be true or false, not 1"),
        (Choice(("a", "b")), ["a"], 'a.key must be "a" or "b", not [\'a\']'),
        (Text(3), "long", "a.key must be text of 1 to 3 characters, not 'long'"),
        (Link(), "javascript:x", "a.key must be an https:// address of at most 500 characters, not 'javascript:x'"),
        (Email(), "nobody", "a.key must be an e-mail address, not 'nobody'"),
        (Version(), "1", "a.key must be a version like \"1.4.0\", not '1'"),
        (Label(), "v2 (May)", "a.key must be 1 to 32 letters, digits and . _ -, not 'v2 (May)'"),
        (Label(), 2, "a.key must be 1 to 32 letters, digits and . _ -, not 2"),
        (
            Moment(),
            "2026-01-31T18:00:00",
            "a.key must be a moment with its zone, like \"2026-01-31T18:00:00Z\", not '2026-01-31T18:00:00'",
        ),
    ],
)
def test_what_does_not_fit_is_explained(kind: Kind, value: Any, sentence: str) -> None:
    assert taken(kind, value)[1] == [sentence]


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-08:00", "0001-01-01T00:00:00+08:00"])
def test_a_moment_that_utc_has_no_year_for_is_explained_too(written: str) -> None:
    assert taken(Moment(), written)[1] == [f"a.key must be {Moment.described}, not {written!r}"]


def test_a_long_value_is_shortened_in_its_sentence() -> None:
    assert len(taken(Flag(), "x" * 10_000)[1][0]) < 120
