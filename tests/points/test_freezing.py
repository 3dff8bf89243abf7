"""Staff stop somebody from spending; everything else goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.points import freezing, ledger
from apps.points.ledger import PointsFrozen

BALANCE = "/api/v1/points/balance"

GivePoints = Callable[..., None]


def spend(user: User) -> Any:
    return ledger.charge(user.id, 200, reference="emoji_task:5", title="Emoji")


def test_frozen_points_cannot_be_spent_until_they_are_thawed(user: User, give_points: GivePoints) -> None:
    give_points(user, 300)
    assert freezing.freeze(user.id)
    with pytest.raises(PointsFrozen):
        spend(user)
    assert ledger.balance(user.id) == 300
    assert freezing.thaw(user.id)
    assert spend(user).balance_after == 100


def test_what_is_bought_or_given_comes_all_the_same(user: User, give_points: GivePoints) -> None:
    freezing.freeze(user.id)
    give_points(user, 300)
    assert ledger.balance(user.id) == 300
    assert freezing.is_frozen(user.id)


def test_only_a_change_is_one(user: User) -> None:
    assert [freezing.thaw(user.id), freezing.freeze(user.id), freezing.freeze(user.id)] == [False, True, False]
    assert [freezing.thaw(user.id), freezing.is_frozen(user.id)] == [True, False]


def test_those_of_others_stay_as_they_are(
    user: User, new_device: Callable[[], Device], give_points: GivePoints
) -> None:
    other = new_device().user
    for somebody in (user, other):
        give_points(somebody, 300)
    freezing.freeze(other.id)
    assert not freezing.is_frozen(user.id)
    freezing.freeze(user.id)
    freezing.thaw(other.id)
    assert [freezing.is_frozen(somebody.id) for somebody in (user, other)] == [True, False]


def test_the_app_is_told_with_the_balance(app: APIClient, user: User, give_points: GivePoints) -> None:
    give_points(user, 300)
    assert app.get(BALANCE).json()["frozen"] is False
    freezing.freeze(user.id)
    assert app.get(BALANCE).json()["frozen"] is True
