"""A balance is explained by its rows, in words, and the explanation adds up."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.points import history, ledger, reversals
from apps.points.entries import Kind
from apps.points.ledger import Bucket
from apps.points.models import PointTransaction, UserPoints
from tests.past_the_ledger import past_the_ledger

Give = Callable[..., None]


def test_who_never_had_points_has_a_short_history(user: User) -> None:
    told = history.of_user(user.id)
    assert (told.lines, told.balance, told.adds_up) == ([], 0, True)
    assert "There were no points at first." in told.text


def test_every_row_is_told_in_words(user: User, staff: User) -> None:
    pack, _ = ledger.credit(
        user.id, 1000, kind=Kind.PURCHASE, bucket=Bucket.PURCHASED, reference="order:1", title="points_1000"
    )
    spend = ledger.charge(user.id, 200, reference="emoji_task:77", title="Emoji: Happy")
    reversals.refund(spend, title="Refund: Happy")
    ledger.adjust(user.id, -900, bucket=Bucket.PURCHASED, staff_id=staff.id, reason="Tested too much", token="1")
    reversals.claw_back(pack, title="points_1000 refunded")
    told = history.of_user(user.id)
    assert [(line.amount, line.words) for line in told.lines] == [
        (1000, "bought: points_1000"),
        (-200, "spent: Emoji: Happy"),
        (200, "given back: Refund: Happy"),
        (-900, "adjusted by boss: Tested too much"),
        (-100, "taken back, because the store gave the money back: points_1000 refunded"),
    ]
    assert [line.task_id for line in told.lines] == [None, 77, None, None, None]
    assert told.shortfall == 900
    assert "900 points that a store refunded were spent already" in told.text


def test_points_that_will_expire_are_told(user: User) -> None:
    end = timezone.now() + timedelta(days=9)
    ledger.credit(
        user.id, 300, kind=Kind.PROMO, bucket=Bucket.GRANTED, reference="p", title="Promotion", expires_at=end
    )
    assert f"300 of the granted ones expire on {end:%Y-%m-%d}." in history.of_user(user.id).text


def test_neither_anothers_nor_what_is_over_is_told(user: User, new_device: Callable[[], Device]) -> None:
    packs = {person.id: taken_back_and_given(person) for person in (user, new_device().user)}
    told = history.of_user(user.id)
    assert (len(told.lines), told.shortfall, [part.amount for part in told.expiring]) == (4, 300, [50])
    reversals.reverse_clawback(packs[user.id], title="paid after all")
    ledger.charge(user.id, 50, reference="emoji_task:2", title="Emoji")
    told = history.of_user(user.id)
    assert (told.shortfall, told.expiring, told.adds_up) == (0, [], True)


def taken_back_and_given(person: User) -> PointTransaction:
    """A pack of 1000, of which 300 were spent before it was taken back, and 50 that expire."""
    pack: Any = {"kind": Kind.PURCHASE, "bucket": Bucket.PURCHASED, "title": "A pack"}
    bought, _ = ledger.credit(person.id, 1000, reference=f"order:{person.id}", **pack)
    ledger.charge(person.id, 300, reference=f"emoji_task:{person.id}", title="Emoji")
    reversals.claw_back(bought, title="refunded")
    gift: Any = {"kind": Kind.PROMO, "bucket": Bucket.GRANTED, "title": "A gift"}
    end = timezone.now() + timedelta(days=9)
    ledger.credit(person.id, 50, reference=f"gift:{person.id}", expires_at=end, **gift)
    return bought


@pytest.mark.parametrize("seed", range(3))
def test_any_history_adds_up_also_when_only_its_end_is_shown(user: User, give_points: Give, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(130):
        give_points(user, chance.randint(1, 500), chance.choice(list(Bucket)))
        if chance.random() < 0.5:
            ledger.charge(user.id, chance.randint(1, ledger.balance(user.id)), reference=str(number), title="Emoji")
    told = history.of_user(user.id)
    assert len(told.lines) == history.MOST_ROWS
    assert told.earlier == PointTransaction.objects.filter(user=user).count() - history.MOST_ROWS
    assert told.opening + sum(line.amount for line in told.lines) == told.balance == ledger.balance(user.id)
    assert told.adds_up
    assert "The rows add up to it." in told.text


def test_a_balance_that_its_rows_do_not_explain_is_told(user: User, give_points: Give) -> None:
    give_points(user, 100)
    with past_the_ledger():
        UserPoints.objects.filter(user=user).update(purchased=5000)
    told = history.of_user(user.id)
    assert not told.adds_up
    assert "THE ROWS DO NOT ADD UP TO IT." in told.text


def test_a_long_history_costs_three_queries(user: User, give_points: Give) -> None:
    for _ in range(20):
        give_points(user, 5)
    with CaptureQueriesContext(connection) as queries:
        assert history.of_user(user.id).text
    assert len(queries) == 3


def test_every_kind_of_row_has_words() -> None:
    assert set(history.SENTENCES) == set(Kind)
