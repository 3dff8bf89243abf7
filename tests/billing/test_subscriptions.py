"""VIP from lines of purchases: until when somebody is, and until when somebody was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.accounts.vip import Vip
from apps.billing.models import Subscription
from apps.billing.subscriptions import had_for_good, vip_of
from apps.points import ledger, tasks
from apps.points.reward_week import named
from tests.billing.conftest import HOUR_MS, WEEK_MS, period
from tests.conftest import at

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WEEK = named("2026-W48")


def line(**fields: Any) -> Subscription:
    return Subscription(started_at=NOW - 7 * DAY, **fields)


@pytest.mark.parametrize(
    ("rows", "vip"),
    [
        ([], Vip()),
        ([line(expires_at=NOW)], Vip(NOW)),
        ([line(expires_at=NOW), line(expires_at=NOW + DAY)], Vip(NOW + DAY)),
        ([line(expires_at=NOW, grace_expires_at=NOW + DAY)], Vip(NOW + DAY)),
        ([line(is_lifetime=True)], Vip(None, is_lifetime=True)),
        ([line(is_lifetime=True), line(expires_at=NOW)], Vip(NOW, is_lifetime=True)),
    ],
)
def test_vip_lasts_as_long_as_the_longest_line(rows: list[Subscription], vip: Vip) -> None:
    assert vip_of(rows) == vip


@pytest.mark.parametrize(
    ("row", "end"),
    [
        (line(expires_at=NOW, ended_at=NOW), NOW),
        (line(expires_at=NOW, ended_at=NOW + DAY), NOW),
        (line(expires_at=NOW + DAY, ended_at=NOW, end_reason="REFUND"), NOW),
        (line(expires_at=NOW, grace_expires_at=NOW + 2 * DAY, ended_at=NOW + DAY), NOW + DAY),
        (line(is_lifetime=True, ended_at=NOW, end_reason="REFUND"), NOW),
        (line(ended_at=NOW), None),
    ],
)
def test_a_line_that_ended_tells_until_when(row: Subscription, end: datetime | None) -> None:
    assert vip_of([row]) == Vip(end)


def test_who_was_vip_at_the_due_time_and_expired_before_the_run_gets_the_weekly_reward(
    user: User, send_event: Callable[..., Any]
) -> None:
    end = int(WEEK.due_at.timestamp() * 1000) + 10 * HOUR_MS
    times = {"purchased_at_ms": end - WEEK_MS, "expiration_at_ms": end}
    with at(WEEK.due_at - timedelta(days=3)):
        send_event("INITIAL_PURCHASE", **period(user, **times, event_timestamp_ms=end - WEEK_MS))
    with at(WEEK.due_at + timedelta(hours=10, minutes=1)):
        send_event("EXPIRATION", **period(user, **times | {"event_timestamp_ms": end}))
    with at(WEEK.due_at + timedelta(hours=11)):
        tasks.grant_weekly_reward()
    assert ledger.balance(user.id) == 2000


@pytest.mark.parametrize("is_tester", [True, False])
def test_in_production_a_test_card_makes_a_tester_vip_and_nobody_else(
    user: User, send_event: Callable[..., Any], settings: Any, is_tester: bool
) -> None:
    settings.PRODUCTION = True
    User.objects.filter(id=user.id).update(is_tester=is_tester)
    send_event("INITIAL_PURCHASE", **period(user))
    user.refresh_from_db()
    assert (user.vip_expires_at is not None) is is_tester


def test_vip_for_good_counts_from_its_purchase_until_it_is_refunded(user: User, send_event: Callable[..., Any]) -> None:
    start = int(NOW.timestamp() * 1000)
    for_good = {"product_id": "lifetime_001", "purchased_at_ms": start, "expiration_at_ms": None}
    send_event("NON_RENEWING_PURCHASE", **period(user, **for_good | {"event_timestamp_ms": start}))
    assert [had_for_good(user, NOW + hours * HOUR) for hours in (-1, 0, 1, 3)] == [False, True, True, True]
    refunded = {"event_timestamp_ms": start + 2 * HOUR_MS, "cancel_reason": "CUSTOMER_SUPPORT"}
    send_event("CANCELLATION", **period(user, **for_good | refunded))
    assert [had_for_good(user, NOW + hours * HOUR) for hours in (-1, 0, 1, 3)] == [False, True, True, False]
