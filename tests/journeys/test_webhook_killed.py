"""RevenueCat was told 200, or never heard: a web process that dies in between loses no purchase."""

import json
import threading
from typing import Any

import psycopg
import pytest
import requests
from django.db import connection

from apps.accounts.models import User
from apps.billing.models import RevenueCatEvent
from apps.points import ledger
from dev import processes
from tests.conftest import WEBHOOK_SECRET, revenuecat_event
from tests.journeys.conftest import Product, wait_until


@pytest.fixture
def buyer(product: Product) -> User:
    product.env |= {"REVENUECAT_WEBHOOK_SECRET": WEBHOOK_SECRET, "BILLING_SWEEP_SECONDS": "1"}
    product.start_web()
    app = product.app_with_points(1)
    return User.objects.get(id=int(app.login()["user"]["id"]))


def deliver(product: Product, body: dict[str, Any]) -> int | None:
    url = f"{processes.base_url(product.port)}/api/v1/webhooks/revenuecat"
    try:
        return requests.post(url, json.dumps(body), headers={"Authorization": WEBHOOK_SECRET}, timeout=30).status_code
    except requests.ConnectionError:
        return None


def test_an_event_is_applied_later_when_the_process_is_killed_between_storing_and_applying(
    product: Product, buyer: User
) -> None:
    """The buyer's row is locked by somebody else, so the event is stored and waits there to be applied."""
    name = str(buyer.billing_user_id)
    body = revenuecat_event(
        "NON_RENEWING_PURCHASE", app_user_id=name, aliases=[name], product_id="points_1000", environment="SANDBOX"
    )
    with psycopg.connect(product.env["DATABASE_URL"]) as other:
        other.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR UPDATE", [buyer.id])
        delivery = threading.Thread(target=deliver, args=(product, body))
        delivery.start()
        wait_until(lambda: RevenueCatEvent.objects.filter(outcome="received").exists(), "the event is stored")
        wait_until(someone_waits_for_a_lock, "the event is being applied")
        product.kill_web()
        delivery.join()
    assert ledger.balance(buyer.id) == 1
    RevenueCatEvent.objects.update(next_try_at="2026-01-01T00:00:00Z")
    product.start_worker()
    product.start_beat()
    wait_until(lambda: ledger.balance(buyer.id) == 1001, "the points are there")
    assert RevenueCatEvent.objects.get().outcome == "applied"


def test_ten_deliveries_at_once_to_two_web_processes_have_one_effect(product: Product, buyer: User) -> None:
    name = str(buyer.billing_user_id)
    body = revenuecat_event(
        "NON_RENEWING_PURCHASE", app_user_id=name, aliases=[name], product_id="points_1000", environment="SANDBOX"
    )
    statuses: list[int | None] = []
    start = threading.Barrier(10)

    def one() -> None:
        start.wait()
        statuses.append(deliver(product, body))

    deliveries = [threading.Thread(target=one) for _ in range(10)]
    for delivery in deliveries:
        delivery.start()
    for delivery in deliveries:
        delivery.join()
    assert statuses == [200] * 10
    product.start_worker()
    product.start_beat()
    wait_until(lambda: RevenueCatEvent.objects.filter(outcome="applied").exists(), "the event is applied")
    assert ledger.balance(buyer.id) == 1001
    assert RevenueCatEvent.objects.get().deliveries == 10


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        row = cursor.fetchone()
    return bool(row and row[0])
