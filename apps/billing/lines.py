"""A line of purchases, brought in step with all its stored events: whose it is, what it gives, what was paid.

Each event of a line leads here, and again when it is repeated: the rows are always the fold of the events.
"""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from apps.accounts.models import User
from apps.billing import customers, orders, revenuecat, subscriptions, transfers
from apps.billing.models import RevenueCatEvent, Subscription
from apps.billing.ownership import Ownership, names_of, walk
from apps.billing.payment_fold import fold_payments
from apps.billing.revenuecat import Event
from apps.billing.subscription_fold import STEPS, Line, fold
from apps.core import advisory_lock
from apps.core.prepared_query import Given, PreparedQuery
from apps.remoteconfig.catalogue import Catalogue

Outcome = RevenueCatEvent.Outcome
MOST_EVENTS = 5_000


class LineKey(NamedTuple):
    """Of a Subscription row or of an event: what a store calls one line of purchases."""

    store: str
    environment: str
    original_transaction_id: str


_OF_KEY = {name: Given(name) for name in LineKey._fields}
SUBSCRIPTION = PreparedQuery(lambda: Subscription.objects.filter(**_OF_KEY))
_COUNTED: PreparedQuery[RevenueCatEvent] = PreparedQuery(
    lambda: (
        RevenueCatEvent.objects.filter(**_OF_KEY, type__in=STEPS, outcome__in=(Outcome.APPLIED, Outcome.UNMATCHED))
        .order_by("id")
        .values_list("body", "user_id")[:MOST_EVENTS]
    )
)


def key_of(row: RevenueCatEvent | Subscription) -> LineKey:
    return LineKey(row.store, row.environment, row.original_transaction_id)


def refold(key: LineKey, offer: Catalogue, likely_owner: User | None = None) -> None:
    """No transfer goes on meanwhile; of two events of a line the later one sees both."""
    hold(key)
    events = [event for event in events_of(key) if is_known(event, offer)]
    ownership = _ownership(key, events)
    owner = _owner(ownership, likely_owner)
    payments = fold_payments(events)
    row = SUBSCRIPTION.first(**key._asdict())
    owners = {owner.id if owner else None, row.user_id if row else None} - {None}
    people = subscriptions.lock(owners | {payment.buyer_id for payment in payments})
    orders.record(key.store, key.environment, payments, offer)
    if line := fold(event for event in events if gives_vip(event, offer)):
        row = row or Subscription(**key._asdict())
        subscriptions.write(row, line, owner, sorted(ownership.all_names), offer.vip_product(line.product_id))
    subscriptions.derive_vip(person for person in people if person.id in owners)


def hold(*keys: LineKey) -> None:
    """They are ours until the transaction ends; no transfer goes on meanwhile."""
    advisory_lock.hold(("line:" + ":".join(key) for key in keys), shared=transfers.LOCK)


def as_of(key: LineKey, at_ms: int, offer: Catalogue) -> tuple[Line | None, User | None]:
    """What a line gave at a moment (Unix milliseconds, UTC) and whose it was, by what had happened until then."""
    events = [event for event in events_of(key) if event.event_at_ms <= at_ms and is_known(event, offer)]
    line = fold(event for event in events if gives_vip(event, offer))
    return line, _owner(_ownership(key, events, at_ms), None)


def events_of(key: LineKey) -> list[Event]:
    stored = _COUNTED.rows(**key._asdict())
    return [replace(revenuecat.read(bytes(body)), user_id=user_id) for body, user_id in stored]


def is_known(event: Event, offer: Catalogue) -> bool:
    return offer.pack_points(event.product_id) is not None or gives_vip(event, offer)


def gives_vip(event: Event, offer: Catalogue) -> bool:
    """By its product, or by an entitlement of a product that is not in the catalogue, such as a gift from staff.

    A points pack gives none, whatever entitlement it is attached to, also one that is still to come into the catalogue:
    it has no end, which what makes somebody VIP by its entitlement has.
    """
    if offer.pack_points(event.product_id) is not None:
        return False
    if offer.vip_product(event.product_id) is not None:
        return True
    is_endless = event.type == "NON_RENEWING_PURCHASE" and event.expires_at_ms is None
    return not is_endless and bool(offer.entitlements & {*event.entitlement_ids})


def _owner(ownership: Ownership, likely_owner: User | None) -> User | None:
    if likely_owner and ownership.owner[:1] == (str(likely_owner.id),):
        return likely_owner
    return customers.find(ownership.owner)


def _ownership(key: LineKey, events: Iterable[Event], at_ms: float = math.inf) -> Ownership:
    events = list(events)
    names = {name for event in events for name in names_of(event)}
    made = transfers.concerning(names, key.store, key.environment)
    return walk(events, [transfer for transfer in made if transfer.at_ms <= at_ms])
