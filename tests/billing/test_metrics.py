"""Each event is counted by what became of it; what RevenueCat may invent is one label."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve

from apps.accounts.models import User
from apps.billing import effects
from tests.scrape import Moved, counts, scrape


@pytest.fixture
def buy(send_event: Callable[..., Any], user: User) -> Callable[..., Any]:
    return lambda **fields: send_event("INITIAL_PURCHASE", app_user_id=str(user.billing_user_id), **fields)


@pytest.mark.django_db(transaction=True)
def test_an_event_is_counted_once_and_its_repetition_as_such(buy: Callable[..., Any]) -> None:
    moved = Moved()
    assert buy(id="event-1").json() == {"status": "accepted"}
    assert buy(id="event-1").json() == {"status": "duplicate"}
    assert moved.by("pk_webhook_events_total", type="INITIAL_PURCHASE", outcome="duplicate") == 1
    assert moved.by("pk_webhook_events_total", type="INITIAL_PURCHASE") == 2
    assert moved.by("pk_webhook_lag_seconds_count") == 1


@pytest.mark.django_db(transaction=True)
def test_a_failure_is_counted_as_one(buy: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "apply", lambda row: 1 / 0)
    moved = Moved()
    buy()
    assert moved.by("pk_webhook_events_total", outcome="failed") == 1


@pytest.mark.django_db(transaction=True)
def test_a_type_nobody_knows_is_no_label(buy: Callable[..., Any]) -> None:
    moved = Moved()
    buy(type="A_NEW_IDEA")
    assert moved.by("pk_webhook_events_total", type="other", outcome="ignored") == 1
    assert "A_NEW_IDEA" not in str(scrape().samples)


@pytest.mark.parametrize("status", ["200", "401"])
def test_what_the_webhook_takes_and_refuses_is_told_before_there_is_any(status: str) -> None:
    route = resolve("/api/v1/webhooks/revenuecat").view_name
    assert counts().has("pk_http_requests_total", method="POST", route=route, status=status)
