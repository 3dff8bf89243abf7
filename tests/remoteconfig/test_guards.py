"""Tenfold, or a tenth, must be said twice."""

from typing import Any

import pytest

from apps.remoteconfig.document import InvalidConfig, read
from apps.remoteconfig.guards import leaps, refuse_unconfirmed
from apps.remoteconfig.packaged import DEFAULTS


@pytest.mark.parametrize("price", [21, 200, 1999])
def test_a_usual_change_needs_no_confirmation(price: int) -> None:
    refuse_unconfirmed(DEFAULTS, DEFAULTS, read({"points_rules": {"emoji": price}}))


@pytest.mark.parametrize(
    "document",
    [
        {"points_rules": {"emoji": 2000}},
        {"points_rules": {"emoji": 20}},
        {"points_rules": {"emoji": 200, "emoji_vip": 20}},
        {"weekly_reward": {"weekly": 20_000}},
        {"points_packs": {"points_1000": 10_000}},
        {"points_packs": {"points_1000": {"points": 100}}},
    ],
    ids=str,
)
def test_a_leap_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig):
        refuse_unconfirmed(DEFAULTS, DEFAULTS, read(document))


def test_the_refusal_says_how_to_confirm() -> None:
    with pytest.raises(InvalidConfig) as refusal:
        refuse_unconfirmed(DEFAULTS, DEFAULTS, read({"points_rules": {"emoji": 2000}}))
    assert refusal.value.problems[0].sentence == (
        'points_rules.emoji would go from 200 to 2000 points: confirm it with "confirm": {"points_rules.emoji": 2000}'
    )


def test_a_confirmation_is_for_one_value_only() -> None:
    confirm = {"points_rules.emoji": 2000}
    refuse_unconfirmed(DEFAULTS, DEFAULTS, read({"points_rules": {"emoji": 2000}, "confirm": confirm}))
    with pytest.raises(InvalidConfig):
        refuse_unconfirmed(DEFAULTS, DEFAULTS, read({"points_rules": {"emoji": 20_000}, "confirm": confirm}))


def test_packs_that_come_and_go_are_no_leap() -> None:
    assert leaps(DEFAULTS, {"points_packs": {"points_1000000": 1_000_000}}) == []


def test_a_confirmation_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="confirm must be an object"):
        read({"confirm": True})


def test_leaving_a_key_out_is_a_change_too() -> None:
    cheap = {**DEFAULTS, "points_rules.emoji": 20}
    with pytest.raises(InvalidConfig, match="from 20 to 200 points"):
        refuse_unconfirmed(cheap, DEFAULTS, read({}))
    refuse_unconfirmed(cheap, DEFAULTS, read({"confirm": {"points_rules.emoji": 200}}))
