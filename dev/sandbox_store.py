"""A purchase in the app stores' sandbox, told to our server the way RevenueCat tells it."""

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import requests

from dev.failure import Failure
from dev.loopback_http import loopback_session
from dev.mobile_app import Refused

SECONDS = 30


def signature(body: bytes, key: str, at: int) -> str:
    signed = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def purchase(product_id: str, billing_user_id: str, at_ms: int, environment: str = "SANDBOX") -> dict[str, Any]:
    transaction_id = str(uuid4().int)[:18]
    event = {
        "id": str(uuid4()).upper(),
        "type": "NON_RENEWING_PURCHASE",
        "event_timestamp_ms": at_ms,
        "purchased_at_ms": at_ms,
        "expiration_at_ms": None,
        "app_user_id": billing_user_id,
        "original_app_user_id": billing_user_id,
        "aliases": [billing_user_id],
        "product_id": product_id,
        "transaction_id": transaction_id,
        "original_transaction_id": transaction_id,
        "period_type": "NORMAL",
        "environment": environment,
        "store": "APP_STORE",
        "entitlement_id": None,
        "entitlement_ids": None,
        "presented_offering_id": None,
        "is_family_share": False,
        "country_code": "US",
        "currency": "USD",
        "price": 0.99,
        "price_in_purchased_currency": 0.99,
        "subscriber_attributes": {},
        "takehome_percentage": 0.85,
        "offer_code": None,
        "app_id": "app1234567890",
    }
    return {"api_version": "1.0", "event": event}


class SandboxStore:
    """Production gives nothing for a purchase of the sandbox: a site of production is told `PRODUCTION`."""

    def __init__(self, base_url: str, secret: str, signing_key: str, environment: str = "SANDBOX") -> None:
        self.url = f"{base_url}/api/v1/webhooks/revenuecat"
        self.secret = secret
        self.signing_key = signing_key
        self.environment = environment

    def sell(self, product_id: str, billing_user_id: str) -> str:
        """The webhook's own word for what it did with the event."""
        answer = self._post(self.purchase_of(product_id, billing_user_id))
        if answer.status_code != 200:
            raise Failure(f"the webhook answered {answer.status_code}: {answer.text[:200]}")
        return str(answer.json()["status"])

    def purchase_of(self, product_id: str, billing_user_id: str) -> bytes:
        """An event; told twice, it is still one purchase."""
        return json.dumps(purchase(product_id, billing_user_id, int(time.time() * 1000), self.environment)).encode()

    def tell(self, event: bytes) -> None:
        """Raises Refused when the answer is no 200: RevenueCat would tell it again."""
        answer = self._post(event)
        if answer.status_code != 200:
            raise Refused(answer)

    def _post(self, event: bytes) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Content-Type": "application/json",
            "X-RevenueCat-Webhook-Signature": signature(event, self.signing_key, int(time.time())),
        }
        return loopback_session().post(self.url, data=event, headers=headers, timeout=SECONDS)
