"""What RevenueCat says: its body as a frozen Event (vendor: event types and fields)."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from apps.core.errors import MalformedRequest

LAST_MS = 253_402_300_799_000
NOT_FOR_POSTGRESQL = re.compile("[\x00\ud800-\udfff]")
MOST_NAMES = 100
ENVIRONMENTS = ("PRODUCTION", "SANDBOX")
# Ids that RevenueCat blocks, because apps send them for everybody.
NOBODY = frozenset({"", "0", "-1", "null", "none", "nil", "anonymous", "guest", "unknown", "undefined"})


class MalformedEvent(MalformedRequest):
    """It is not what RevenueCat sends."""


@dataclass(frozen=True, slots=True)
class Event:
    """Times are Unix milliseconds, UTC. A field that is missing, null or of a wrong type is empty.

    `user_id` is not told by RevenueCat: it is who the event was matched to, once it is.
    """

    id: str
    type: str
    event_at_ms: int
    environment: str = ""
    store: str = ""
    customer_ids: tuple[str, ...] = ()
    product_id: str = ""
    entitlement_ids: tuple[str, ...] = ()
    transaction_id: str = ""
    original_transaction_id: str = ""
    period_type: str = ""
    purchased_at_ms: int | None = None
    expires_at_ms: int | None = None
    grace_expires_at_ms: int | None = None
    auto_resume_at_ms: int | None = None
    cancel_reason: str = ""
    expiration_reason: str = ""
    new_product_id: str = ""
    is_family_share: bool = False
    quantity: int = 1
    price: Decimal | None = None
    price_usd: Decimal | None = None
    currency: str = ""
    transferred_from: tuple[str, ...] = ()
    transferred_to: tuple[str, ...] = ()
    user_id: int | None = None

    @property
    def is_refund(self) -> bool:
        """A cancellation is a refund by its reason or by its negative price."""
        paid_back = any(price is not None and price < 0 for price in (self.price, self.price_usd))
        return self.type == "CANCELLATION" and (paid_back or self.cancel_reason == "CUSTOMER_SUPPORT")

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody it speaks of."""
        return tuple(dict.fromkeys(self.customer_ids + self.transferred_from + self.transferred_to))


def read(body: bytes) -> Event:
    """Raises MalformedEvent when there is no event with an id and a type in it."""
    try:
        document = parsed(body)
    except (ValueError, RecursionError) as error:
        raise MalformedEvent from error
    fields = document.get("event") if isinstance(document, dict) else None
    if not isinstance(fields, dict) or not _text(fields, "id") or not _text(fields, "type"):
        raise MalformedEvent
    return _event(fields)


def parsed(body: bytes) -> Any:
    """Not by orjson: a user's text may hold half a surrogate pair, which it refuses, and no purchase may be lost."""
    return json.loads(body.decode(errors="replace"))


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
        customer_ids=_customer_ids(fields),
        product_id=_text(fields, "product_id"),
        entitlement_ids=_texts(fields, "entitlement_ids"),
        transaction_id=transaction_id,
        original_transaction_id=_text(fields, "original_transaction_id") or transaction_id,
        period_type=_text(fields, "period_type", 20),
        purchased_at_ms=_second(_ms(fields, "purchased_at_ms")),
        expires_at_ms=_ms(fields, "expiration_at_ms"),
        grace_expires_at_ms=_ms(fields, "grace_period_expiration_at_ms"),
        auto_resume_at_ms=_ms(fields, "auto_resume_at_ms"),
        cancel_reason=_text(fields, "cancel_reason", 40),
        expiration_reason=_text(fields, "expiration_reason", 40),
        new_product_id=_text(fields, "new_product_id"),
        is_family_share=fields.get("is_family_share") is True,
        quantity=_quantity(fields),
        price=_price(fields, "price_in_purchased_currency"),
        price_usd=_price(fields, "price"),
        currency=_text(fields, "currency", 3),
        transferred_from=_names(_texts(fields, "transferred_from")),
        transferred_to=_names(_texts(fields, "transferred_to")),
    )


def _customer_ids(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Every id this customer has, the surest first."""
    redeemed = _texts(fields, "redeemed_by")
    if fields.get("redemption_outcome") == "alias":
        redeemed += _texts(fields, "redeemed_from")
    known = (_text(fields, "app_user_id"), _text(fields, "original_app_user_id"))
    return _names(known + _texts(fields, "aliases") + redeemed)


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name.lower() not in NOBODY))[:MOST_NAMES]


def _texts(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = fields.get(name)
    return tuple(_clean(value, 200) for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _text(fields: Mapping[str, Any], name: str, length: int = 200) -> str:
    """RevenueCat's own REST API tells Apple's transaction ids as numbers."""
    value = fields.get(name)
    if type(value) is int and abs(value) < 10**30:
        value = str(value)
    return _clean(value, length) if isinstance(value, str) else ""


def _clean(value: str, length: int) -> str:
    return NOT_FOR_POSTGRESQL.sub("\ufffd", value)[:length]


def _ms(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return min(value, LAST_MS) if type(value) is int and value >= 0 else None


def _second(ms: int | None) -> int | None:
    """The start of a period names it, and the REST API tells it without the milliseconds of the webhook."""
    return None if ms is None else ms // 1000 * 1000


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
