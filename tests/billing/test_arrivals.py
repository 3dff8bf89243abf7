"""What came for a name before its user did is theirs at the first login, whenever exactly it came."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.billing import customers
from apps.billing.models import RevenueCatEvent
from tests import held_up
from tests.billing.conftest import pack

DEVICE_ID = "an-old-device-id"
ONLY_IT = {"app_user_id": DEVICE_ID, "original_app_user_id": DEVICE_ID, "aliases": [DEVICE_ID]}


def log_in() -> Any:
    shown = {"device_id": DEVICE_ID, "platform": "ios", "app_version": "1.0.0"}
    return APIClient().post("/api/v1/auth/login", shown, format="json")


def test_the_first_login_shows_what_was_bought_before(user: User, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user) | ONLY_IT)
    assert log_in().json()["user"]["points"] == {"balance": 1000}
    assert RevenueCatEvent.objects.get().outcome == "applied"


@pytest.mark.django_db(transaction=True)
def test_an_event_that_missed_the_user_and_ends_after_their_first_login_is_found(
    user: User, send_event: Callable[..., Any]
) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user) | ONLY_IT)
    RevenueCatEvent.objects.update(outcome="received")
    with transaction.atomic():
        customers.hold([DEVICE_ID])
        assert customers.find([DEVICE_ID]) is None
        answer = held_up.by_us(log_in)
        assert User.objects.filter(devices__device_id_tail=DEVICE_ID[-4:]).exists()
        RevenueCatEvent.objects.update(outcome="unmatched")
    assert answer.result().json()["user"]["points"] == {"balance": 1000}


@pytest.mark.django_db(transaction=True)
def test_where_nothing_waits_no_transaction_is_begun() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert log_in().status_code == 201
    assert not [query for query in queries if query["sql"] == "BEGIN"]
    assert len(queries) <= 4


def test_what_waits_is_found_by_its_index(db: None) -> None:
    some = [("RENEWAL", "applied")] * 900 + [("TRANSFER", "applied")] * 50 + [("RENEWAL", "unmatched")] * 50
    RevenueCatEvent.objects.bulk_create(
        RevenueCatEvent(event_id=str(n), event_at_ms=0, type=type_, outcome=outcome, names=[f"name-{n}"])
        for n, (type_, outcome) in enumerate(some)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_revenuecatevent")
        cursor.execute(f"EXPLAIN {customers.IS_ANY_WAITING}", [[DEVICE_ID]])
        assert "events_of_a_name" in str(cursor.fetchall())
