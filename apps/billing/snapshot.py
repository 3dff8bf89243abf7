"""What the REST API says a customer has, told as the events that would have brought it: no database.

A purchase becomes an event at its own time. Where a line is not as the API says, events of the time of the answer
correct it, so that they win over what was told before and lose to what happens later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.billing.models import Subscription
from apps.billing.revenuecat import moment
from apps.billing.subscription_fold import REFUND

SECOND_MS = 1000
# Many times what the API needs to know what a webhook tells.
REFUND_KNOWN_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Purchase:
    """One entry of the answer. `fields` are an event's; times are Unix milliseconds, UTC."""

    fields: dict[str, Any]
    is_subscription: bool
    ends_at_ms: int | None = None
    grace_ends_at_ms: int | None = None
    unsubscribed_at_ms: int | None = None
    billing_issue_at_ms: int | None = None
    refunded_at_ms: int | None = None

    @property
    def transaction_id(self) -> str:
        return str(self.fields["transaction_id"])

    @property
    def started_at_ms(self) -> int:
        return int(self.fields["purchased_at_ms"])


def purchases(document: dict[str, Any], app_user_id: str) -> list[Purchase]:
    """Entries without a transaction or a date are left out: nothing can be done with them twice the same."""
    subscriber = document["subscriber"]
    found = [
        _subscription(subscriber, product, entry)
        for product, entry in _entries(subscriber.get("subscriptions"))
        if isinstance(entry, dict)
    ] + [
        _one_time(product, entry)
        for product, entries in _entries(subscriber.get("non_subscriptions"))
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    whole = [purchase for purchase in found if purchase.fields["transaction_id"] and purchase.fields["purchased_at_ms"]]
    for purchase in whole:
        purchase.fields["app_user_id"] = app_user_id
    return whole


def told(purchase: Purchase, now_ms: int) -> dict[str, Any]:
    """The purchase as an event; its id is the same each time. A store may charge for a period before it begins: what
    happens until then comes after the purchase."""
    kind = "RENEWAL" if purchase.is_subscription else "NON_RENEWING_PURCHASE"
    return _event(purchase, kind, min(purchase.started_at_ms, purchase.refunded_at_ms or now_ms, now_ms), "")


def corrections(purchase: Purchase, row: Subscription, user_id: int, now_ms: int) -> Iterator[dict[str, Any]]:
    """What must still be told for the row to be as the API says."""
    if not purchase.is_subscription:
        if row.is_lifetime and row.ended_at is None and row.user_id != user_id:
            yield _event(purchase, "NON_RENEWING_PURCHASE", now_ms, f"owner:{now_ms}")
    elif row.started_at == moment(purchase.started_at_ms):
        if not purchase.refunded_at_ms:
            correct = _of_refunded if row.end_reason == REFUND else _of_period
            yield from correct(purchase, row, user_id, now_ms)
        elif row.end_reason != REFUND:
            reason = {"cancel_reason": "CUSTOMER_SUPPORT"}
            at_ms = purchase.refunded_at_ms
            yield _event(purchase, "CANCELLATION", at_ms, f"refund:{at_ms}", reason)


def _of_refunded(purchase: Purchase, row: Subscription, _: int, now_ms: int) -> Iterator[dict[str, Any]]:
    """The API may not know of a refund yet that a webhook has just told."""
    is_live = (purchase.ends_at_ms or 0) > now_ms
    if is_live and row.ended_at and row.ended_at < moment(now_ms - REFUND_KNOWN_MS):
        yield _event(purchase, "REFUND_REVERSED", now_ms, f"reversed:{now_ms}")


def _of_period(purchase: Purchase, row: Subscription, user_id: int, now_ms: int) -> Iterator[dict[str, Any]]:
    is_live = (purchase.ends_at_ms or 0) > now_ms
    is_reopened = row.user_id != user_id or (is_live and row.ended_at is not None)
    if is_reopened:
        yield _event(purchase, "RENEWAL", now_ms, f"renewal:{now_ms}")
    if (is_live or row.ended_at is None) and _differs(purchase.ends_at_ms, row.expires_at):
        yield _event(purchase, "SUBSCRIPTION_EXTENDED", now_ms, f"end:{now_ms}")
    is_in_grace = row.ended_at is None and (purchase.grace_ends_at_ms or 0) > now_ms
    if is_live or is_in_grace:
        yield from _flags(purchase, row, is_reopened, now_ms)


def _flags(purchase: Purchase, row: Subscription, is_reopened: bool, now_ms: int) -> Iterator[dict[str, Any]]:
    renews = is_reopened or row.will_renew
    if purchase.billing_issue_at_ms and (is_reopened or not row.billing_issue_at):
        grace = {"grace_period_expiration_at_ms": purchase.grace_ends_at_ms}
        yield _event(purchase, "BILLING_ISSUE", now_ms, f"billing:{now_ms}", grace)
    elif purchase.unsubscribed_at_ms and renews:
        yield _event(purchase, "CANCELLATION", now_ms, f"off:{now_ms}", {"cancel_reason": "UNSUBSCRIBE"})
    elif not purchase.unsubscribed_at_ms and not purchase.billing_issue_at_ms and not renews:
        yield _event(purchase, "UNCANCELLATION", now_ms, f"on:{now_ms}")


def _differs(ms: int | None, at: datetime | None) -> bool:
    """The API tells whole seconds."""
    return ms is not None and (at is None or abs((moment(ms) - at).total_seconds()) >= 1)


def _event(
    purchase: Purchase, kind: str, at_ms: int, suffix: str, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    fields = purchase.fields
    name = ":".join(str(fields[part]) for part in ("store", "environment", "transaction_id", "purchased_at_ms"))
    identity = {"id": f"sync:{name}" + (f":{suffix}" if suffix else ""), "type": kind, "event_timestamp_ms": at_ms}
    return {"api_version": "1.0", "event": fields | identity | (more or {})}


def _subscription(subscriber: dict[str, Any], product: str, entry: dict[str, Any]) -> Purchase:
    plan = entry.get("product_plan_identifier")
    entitlements = [
        name
        for name, given in _entries(subscriber.get("entitlements"))
        if isinstance(given, dict) and given.get("product_identifier") == product
    ]
    fields = _fields(f"{product}:{plan}" if isinstance(plan, str) else product, entry)
    fields |= {
        "entitlement_ids": entitlements,
        "expiration_at_ms": _ms(entry, "expires_date"),
        "period_type": str(entry.get("period_type", "")).upper(),
        "is_family_share": entry.get("ownership_type") == "FAMILY_SHARED",
    }
    return Purchase(
        fields,
        is_subscription=True,
        ends_at_ms=_ms(entry, "expires_date"),
        grace_ends_at_ms=_ms(entry, "grace_period_expires_date"),
        unsubscribed_at_ms=_ms(entry, "unsubscribe_detected_at"),
        billing_issue_at_ms=_ms(entry, "billing_issues_detected_at"),
        refunded_at_ms=_ms(entry, "refunded_at"),
    )


def _one_time(product: str, entry: dict[str, Any]) -> Purchase:
    return Purchase(_fields(product, entry) | {"period_type": "NORMAL"}, is_subscription=False)


def _fields(product: str, entry: dict[str, Any]) -> dict[str, Any]:
    price = entry.get("price")
    amount, currency = (price.get("amount"), price.get("currency")) if isinstance(price, dict) else (None, None)
    transaction_id = entry.get("store_transaction_id")
    return {
        "product_id": product,
        "store": str(entry.get("store", "")).upper(),
        "environment": "SANDBOX" if entry.get("is_sandbox") is not False else "PRODUCTION",
        "transaction_id": str(transaction_id) if isinstance(transaction_id, str | int) else "",
        "purchased_at_ms": _ms(entry, "purchase_date"),
        "price_in_purchased_currency": amount,
        "currency": currency,
    }


def _entries(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _ms(entry: dict[str, Any], name: str) -> int | None:
    try:
        return int(datetime.fromisoformat(entry[name]).timestamp()) * SECOND_MS
    except (KeyError, TypeError, ValueError):
        return None
