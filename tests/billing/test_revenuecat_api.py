"""Without an answer that is one, nobody is told anything and the app may come again."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.billing import tasks
from dev.fake_revenuecat import FakeRevenueCat
from tests.billing.conftest import SYNC


@pytest.mark.parametrize(
    "answer", [(500, b"{}"), (429, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"subscriber": 7}'), (302, b"")]
)
def test_an_answer_that_is_none_is_told_as_unavailable(
    app: APIClient, revenuecat: FakeRevenueCat, answer: tuple[int, bytes]
) -> None:
    revenuecat.next_answer = answer
    told = app.post(SYNC)
    assert (told.status_code, told.json()["code"], told.json()["retryable"]) == (503, "sync_unavailable", True)


def test_without_a_key_nobody_is_asked(app: APIClient, revenuecat: FakeRevenueCat, settings: Any) -> None:
    settings.REVENUECAT_API_KEY = ""
    assert app.post(SYNC).json()["code"] == "sync_unavailable"
    tasks.reconcile_overdue_subscriptions()
    assert revenuecat.asked == []
