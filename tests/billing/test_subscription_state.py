"""What the app is told of a subscription, in one word for each situation."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.vip_state import LIVE, STATES
from apps.billing.models import Subscription
from apps.billing.subscription_state import state_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)

SITUATIONS: dict[str, dict[str, Any]] = {
    "active": {"expires_at": NOW + DAY, "will_renew": True},
    "trial": {"expires_at": NOW + DAY, "period_type": "TRIAL"},
    "canceled": {"expires_at": NOW + DAY, "cancel_reason": "UNSUBSCRIBE"},
    "grace": {"expires_at": NOW - DAY, "grace_expires_at": NOW + DAY, "billing_issue_at": NOW - DAY},
    "billing_retry": {"expires_at": NOW - DAY, "billing_issue_at": NOW - DAY},
    "paused": {"expires_at": NOW - DAY, "ended_at": NOW - DAY, "end_reason": "SUBSCRIPTION_PAUSED"},
    "expired": {"expires_at": NOW - DAY},
    "lifetime": {"is_lifetime": True},
    "temporary": {"expires_at": NOW + DAY, "is_temporary": True},
}


def row(**fields: Any) -> Subscription:
    return Subscription(started_at=NOW - 7 * DAY, **fields)


@pytest.mark.parametrize("state", SITUATIONS)
def test_each_situation_has_its_word(state: str) -> None:
    assert state_of(row(**SITUATIONS[state]), NOW) == state


def test_every_word_has_a_situation() -> None:
    assert {"none", *SITUATIONS} == set(STATES)
    assert {*LIVE} < set(STATES)


@pytest.mark.parametrize("state", LIVE)
def test_who_was_refunded_is_expired_whatever_was_left(state: str) -> None:
    assert state_of(row(**SITUATIONS[state] | {"ended_at": NOW - DAY, "end_reason": "REFUND"}), NOW) == "expired"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"expires_at": NOW + DAY}, "canceled"),
        ({"expires_at": NOW - DAY, "grace_expires_at": NOW + DAY}, "grace"),
        ({"is_lifetime": True}, "canceled"),
        ({"expires_at": NOW + DAY, "is_temporary": True}, "temporary"),
    ],
)
def test_what_ends_at_an_hour_to_come_lives_until_then(fields: dict[str, Any], state: str) -> None:
    ends = row(**fields, ended_at=NOW + DAY / 2, end_reason="REFUND")
    assert [state_of(ends, at) for at in (NOW, NOW + DAY / 2)] == [state, "expired"]


def test_of_no_known_end_nothing_is_given_also_before_its_beginning() -> None:
    assert state_of(row(), NOW - 8 * DAY) == "expired"


def test_a_failed_charge_before_the_end_changes_nothing_yet() -> None:
    assert state_of(row(expires_at=NOW + DAY, cancel_reason="BILLING_ERROR", billing_issue_at=NOW), NOW) == "active"
