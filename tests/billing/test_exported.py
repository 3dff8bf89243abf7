"""What RevenueCat told of a person is theirs to have."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.billing import erasure, exported
from apps.billing.models import RevenueCatEvent
from apps.core.json_media import dumps
from tests.billing.conftest import pack
from tests.conftest import WEBHOOK_SECRET, revenuecat_event

EMAIL = {"$email": {"value": "ming@example.com", "updated_at_ms": 1}}


def told(user: User) -> list[dict[str, Any]]:
    """As the file has it."""
    return [json.loads(dumps(row)) for row in exported.purchase_events(user.id)]


def test_an_event_is_handed_out_with_what_it_says_of_the_person(
    user: User, new_device: Callable[[], Device], send_event: Any
) -> None:
    send_event(
        "NON_RENEWING_PURCHASE", **pack(user, aliases=["ming-phone"]), subscriber_attributes=EMAIL, country_code="CN"
    )
    send_event("NON_RENEWING_PURCHASE", **pack(new_device().user, transaction_id="p-2"))
    (event,) = told(user)
    assert event["names"] == [str(user.billing_user_id), "ming-phone"]
    assert (event["attributes"], event["country"]) == ({"$email": "ming@example.com"}, "CN")
    assert (event["type"], event["product_id"], event["transaction_id"]) == (
        "NON_RENEWING_PURCHASE",
        "points_1000",
        "p-1",
    )


def test_after_an_erasure_nothing_of_it_is_left(user: User, send_event: Any) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user), subscriber_attributes=EMAIL, country_code="CN")
    erasure.erase(user.id)
    (event,) = told(user)
    assert (event["attributes"], event["country"]) == ({}, "")


@pytest.mark.parametrize(
    "attributes",
    [
        {"$displayName": {"value": "Ming \ud83d", "updated_at_ms": 10**30}},
        {"x": "no entry", "$email": None},
        ["x"],
        None,
    ],
    ids=["half a character", "odd entries", "a list", "null"],
)
def test_whatever_stands_there_spoils_no_export(user: User, anonymous: APIClient, attributes: Any) -> None:
    event = revenuecat_event(
        "NON_RENEWING_PURCHASE", **pack(user), subscriber_attributes=attributes, country_code=["CN"]
    )
    headers = {"Authorization": WEBHOOK_SECRET}
    body = json.dumps(event)
    anonymous.generic("POST", "/api/v1/webhooks/revenuecat", body, content_type="application/json", headers=headers)
    assert RevenueCatEvent.objects.get().user == user
    (shown,) = told(user)
    assert shown["attributes"] in ({}, {"$displayName": "Ming \ufffd"})
