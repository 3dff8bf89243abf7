"""What waits in the inbox is told as it is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.billing.models import RevenueCatEvent
from tests.scrape import scrape

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_empty_inbox_is_zero() -> None:
    told = scrape()
    assert told.has("pk_webhook_events_waiting", outcome="failed")
    assert told.value("pk_webhook_events_waiting") == told.value("pk_webhook_oldest_seconds") == 0


def test_an_event_of_nobody_waits_and_one_that_is_not_applied_grows_old(send_event: Callable[..., Any]) -> None:
    send_event("INITIAL_PURCHASE", app_user_id="nobody", aliases=[], original_app_user_id="nobody")
    assert scrape().value("pk_webhook_events_waiting", outcome="unmatched") == 1
    RevenueCatEvent.objects.update(outcome="received", next_try_at=timezone.now() - timedelta(hours=1))
    told = scrape()
    assert told.value("pk_webhook_events_waiting", outcome="received") == 1
    assert told.value("pk_webhook_oldest_seconds") >= 3600
