"""The sandbox store speaks RevenueCat's language: our own webhook reader must understand it."""

import json
import time

import pytest

from apps.billing import revenuecat, webhook_proof
from dev.sandbox_store import purchase, signature

KEY = "a signing key for tests only"


def test_the_webhook_accepts_the_signature() -> None:
    now = int(time.time())
    webhook_proof.require_signature(signature(b"{}", KEY, now), b"{}", KEY, now)


def test_the_webhook_refuses_the_signature_of_another_body() -> None:
    now = int(time.time())
    with pytest.raises(webhook_proof.WebhookUnauthorized):
        webhook_proof.require_signature(signature(b"{}", KEY, now), b"[]", KEY, now)


def test_the_webhook_reads_the_purchase() -> None:
    event = revenuecat.read(json.dumps(purchase("points_1000", "0f0e", 1_795_000_000_000)).encode())
    assert (event.type, event.product_id, event.environment) == ("NON_RENEWING_PURCHASE", "points_1000", "SANDBOX")
    assert event.customer_ids[0] == "0f0e"


def test_each_purchase_is_a_new_one() -> None:
    first, second = (purchase("points_1000", "0f0e", 1)["event"] for _ in range(2))
    assert first["id"] != second["id"]
    assert first["transaction_id"] != second["transaction_id"]
