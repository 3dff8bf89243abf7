"""What RevenueCat says: its secret, its signature, its body as a frozen Event (vendor: the webhook reference)."""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apps.core.errors import DomainError

SIGNATURE_TOLERANCE_SECONDS = 300
LAST_MS = 253_402_300_799_000
NOT_FOR_POSTGRESQL = re.compile("[\x00\ud800-\udfff]")


class MalformedEvent(DomainError):
    code = "malformed_request"
    status = 400
    title = "This is no RevenueCat event"


class WebhookUnauthorized(DomainError):
    code = "webhook_unauthorized"
    status = 401
    title = "The webhook's secret or signature is wrong"


@dataclass(frozen=True, slots=True)
class Event:
    """Times are Unix milliseconds, UTC. A field that is missing, null or of a wrong type is empty."""

    id: str
    type: str
    event_at_ms: int
    environment: str
    store: str
    app_user_id: str
    customer_ids: tuple[str, ...]
    product_id: str
    transaction_id: str
    original_transaction_id: str
    period_type: str
    purchased_at_ms: int | None
    expires_at_ms: int | None
    grace_expires_at_ms: int | None
    cancel_reason: str
    quantity: int
    price: Decimal | None
    price_usd: Decimal | None
    currency: str

    @property
    def is_refund(self) -> bool:
        """A cancellation is a refund by its reason or by its negative price."""
        paid_back = any(price is not None and price < 0 for price in (self.price, self.price_usd))
        return self.type == "CANCELLATION" and (paid_back or self.cancel_reason == "CUSTOMER_SUPPORT")


def require_secret(authorization: str, secret: str) -> None:
    """The header is the secret itself, or `Bearer` and the secret. No secret set: nobody comes in."""
    shown = authorization.removeprefix("Bearer ").encode(errors="replace")
    if not secret or not hmac.compare_digest(shown, secret.encode()):
        raise WebhookUnauthorized


def require_signature(header: str, body: bytes, key: str, now: float) -> None:
    """`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `t`, a dot and the raw body; several `v1` while a key is changed."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t" and value.isascii() and value.isdigit()]
    if not times or abs(now - int(times[0][:18])) > SIGNATURE_TOLERANCE_SECONDS:
        raise WebhookUnauthorized
    expected = hmac.new(key.encode(), times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    signatures = [value.encode(errors="replace") for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(signature, expected) for signature in signatures):
        raise WebhookUnauthorized


def read(body: bytes) -> Event:
    """Raises MalformedEvent when there is no event with an id and a type in it."""
    try:
        # Not orjson: a user's text may hold half a surrogate pair, which it refuses, and no purchase may be lost.
        document = json.loads(body.decode(errors="replace"))
    except (ValueError, RecursionError) as error:
        raise MalformedEvent from error
    fields = document.get("event") if isinstance(document, dict) else None
    if not isinstance(fields, dict) or not _text(fields, "id") or not _text(fields, "type"):
        raise MalformedEvent
    return _event(fields)


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def moment_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else moment(ms)


def _event(fields: Mapping[str, Any]) -> Event:
    transaction_id = _text(fields, "transaction_id")
    return Event(
        id=_text(fields, "id"),
        type=_text(fields, "type", 100),
        event_at_ms=_ms(fields, "event_timestamp_ms") or 0,
        environment=_text(fields, "environment", 20),
        store=_text(fields, "store", 30),
        app_user_id=_text(fields, "app_user_id"),
        customer_ids=_customer_ids(fields),
        product_id=_text(fields, "product_id"),
        transaction_id=transaction_id,
        original_transaction_id=_text(fields, "original_transaction_id") or transaction_id,
        period_type=_text(fields, "period_type", 20),
        purchased_at_ms=_ms(fields, "purchased_at_ms"),
        expires_at_ms=_ms(fields, "expiration_at_ms"),
        grace_expires_at_ms=_ms(fields, "grace_period_expiration_at_ms"),
        cancel_reason=_text(fields, "cancel_reason", 40),
        quantity=_quantity(fields),
        price=_price(fields, "price_in_purchased_currency"),
        price_usd=_price(fields, "price"),
        currency=_text(fields, "currency", 3),
    )


def _customer_ids(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Every id this customer has, the surest first."""
    aliases = fields.get("aliases")
    known = [_text(fields, "app_user_id"), _text(fields, "original_app_user_id")]
    known += [_clean(alias, 200) for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list) else []
    return tuple(dict.fromkeys(name for name in known if name))


def _text(fields: Mapping[str, Any], name: str, length: int = 200) -> str:
    """Some clients of RevenueCat tell Apple's transaction ids as numbers."""
    value = fields.get(name)
    if type(value) is int:
        value = str(value)
    return _clean(value, length) if isinstance(value, str) else ""


def _clean(value: str, length: int) -> str:
    return NOT_FOR_POSTGRESQL.sub("\ufffd", value)[:length]


def _ms(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return min(value, LAST_MS) if type(value) is int and value >= 0 else None


def _quantity(fields: Mapping[str, Any]) -> int:
    value = fields.get("quantity")
    return value if type(value) is int and 1 <= value <= 1000 else 1


def _price(fields: Mapping[str, Any], name: str) -> Decimal | None:
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not math.isfinite(value) or abs(value) >= 10**9:
        return None
    return Decimal(str(value))
