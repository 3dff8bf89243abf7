"""Any history of purchases ends the same, in whatever order, how often and how many at once RevenueCat delivers it.

Each history is lived twice over HTTP by people of their own: once in its order, event by event; once shuffled, with
repetitions, in parallel. What they have in the end must be equal, name by name.
"""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Device, User
from apps.billing import webhook
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.points import ledger
from tests.conftest import WEBHOOK_SECRET
from tests.journeys.conftest import broken_invariants

PEOPLE = 3
PERIODS = 3
# To come: the reward of a week that was due goes by what is known when it is given.
START_MS = 1_895_000_000_000
WEEK_MS = 604_800_000
STEP_MS = WEEK_MS // 10
STORES = ("APP_STORE", "PLAY_STORE", "STRIPE")
OF_A_SUBSCRIPTION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("INITIAL_PURCHASE", {}),
    ("INITIAL_PURCHASE", {"period_type": "TRIAL", "price": 0}),
    ("RENEWAL", {}),
    ("RENEWAL", {"expiration_at_ms": None}),
    ("RENEWAL", {"price": 0, "product_id": "weekly_001:p1w"}),
    ("PRODUCT_CHANGE", {"new_product_id": "yearly_001"}),
    ("CANCELLATION", {"cancel_reason": "UNSUBSCRIBE", "price": 0}),
    ("CANCELLATION", {"cancel_reason": "CUSTOMER_SUPPORT", "price": -4.99}),
    ("UNCANCELLATION", {"price": 0}),
    ("BILLING_ISSUE", {"grace_period_expiration_at_ms": START_MS + 3 * WEEK_MS, "price": 0}),
    ("SUBSCRIPTION_EXTENDED", {"expiration_at_ms": START_MS + 4 * WEEK_MS, "price": 0}),
    ("SUBSCRIPTION_PAUSED", {"auto_resume_at_ms": START_MS + 4 * WEEK_MS, "price": 0}),
    ("EXPIRATION", {"expiration_reason": "UNSUBSCRIBE", "price": 0}),
    ("TEMPORARY_ENTITLEMENT_GRANT", {}),
    ("REFUND_REVERSED", {}),
)
OF_A_PURCHASE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("NON_RENEWING_PURCHASE", {}),
    ("NON_RENEWING_PURCHASE", {"quantity": 3}),
    ("CANCELLATION", {"cancel_reason": "CUSTOMER_SUPPORT", "price": -2.99}),
    ("REFUND_REVERSED", {}),
)
ONE_TIME = ("points_1000", "points_3000", "lifetime_001")


@dataclass(frozen=True)
class Told:
    """One event of a history, of people and lines that are numbers; `at` counts tenths of a week."""

    type: str
    at: int
    fields: tuple[tuple[str, Any], ...] = ()
    store: str = "APP_STORE"
    product: str = "weekly_001"
    line: int = 0
    period: int = 0
    person: int = 0
    other: int = 0
    known_as: str = "id"


@st.composite
def events(draw: Callable[..., Any]) -> Told:
    line = draw(st.integers(0, 3))
    is_subscription = line < 2
    kind, fields = draw(st.sampled_from(OF_A_SUBSCRIPTION if is_subscription else OF_A_PURCHASE))
    return Told(
        kind,
        draw(st.integers(0, 40)),
        tuple(fields.items()),
        STORES[line % len(STORES)],
        "weekly_001" if is_subscription else ONE_TIME[line % len(ONE_TIME)],
        line,
        draw(st.integers(0, PERIODS - 1)) if is_subscription else 0,
        line % PEOPLE,
        known_as=draw(st.sampled_from(("id", "anonymous", "both"))),
    )


@st.composite
def transfers(draw: Callable[..., Any]) -> Told:
    person, other = draw(st.permutations(range(PEOPLE + 1)))[:2]
    known_as = draw(st.sampled_from(("id", "anonymous")))
    return Told(
        "TRANSFER",
        draw(st.integers(0, 40)),
        store=STORES[draw(st.integers(0, 1))],
        person=person,
        other=other,
        known_as=known_as,
    )


histories = st.lists(st.one_of(events(), events(), events(), transfers()), min_size=1, max_size=14)


class World:
    """People of its own, to whom a history happens."""

    def __init__(self, url: str, new_device: Callable[[], Device]) -> None:
        self.url = url
        self.salt = uuid4().hex[:12]
        self.people = [new_device().user for _ in range(PEOPLE)]

    def deliver(self, bodies: Iterable[bytes], at_once: int) -> None:
        with ThreadPoolExecutor(at_once) as deliveries:
            assert set(deliveries.map(self._post, bodies)) <= {200}
            # What came while another one was applied waits for the workers, of which there are several.
            RevenueCatEvent.objects.filter(outcome="received").update(next_try_at="2026-01-01T00:00:00Z")
            list(deliveries.map(_work, range(at_once)))

    def body_of(self, number: int, told: Told) -> bytes:
        event: dict[str, Any] = {
            "id": f"{self.salt}-{number:02}",
            "type": told.type,
            "event_timestamp_ms": START_MS + told.at * STEP_MS,
            "environment": "PRODUCTION",
            "store": told.store,
        }
        event |= self._transfer(told) if told.type == "TRANSFER" else self._of_a_line(told)
        return json.dumps({"event": event | dict(told.fields)}).encode()

    def ending(self) -> dict[str, Any]:
        """Everything that people have in the end, with numbers in place of names."""
        return {
            "vip": [self._vip(User.objects.get(id=person.id)) for person in self.people],
            "points": [ledger.balance(person.id) for person in self.people],
            "lines": [self._line(row) for row in self._mine(Subscription.objects.order_by("original_transaction_id"))],
            "orders": [
                self._order(row) for row in self._mine(Order.objects.order_by("transaction_id", "purchased_at"))
            ],
            "events": list(
                RevenueCatEvent.objects.filter(event_id__startswith=self.salt)
                .order_by("event_id")
                .values_list("type", "outcome", "reason")
            ),
        }

    def _of_a_line(self, told: Told) -> dict[str, Any]:
        started = START_MS + told.period * WEEK_MS
        period = "" if told.store == "STRIPE" else f"-{told.period}"
        names = self._names(told.person, told.known_as)
        return {
            "app_user_id": names[0],
            "aliases": names,
            "product_id": told.product,
            "transaction_id": f"{self.salt}-{told.line}{period}",
            "original_transaction_id": f"{self.salt}-{told.line}",
            "period_type": "NORMAL",
            "purchased_at_ms": started,
            "expiration_at_ms": None if told.product in ONE_TIME else started + WEEK_MS,
            "price": 4.99,
            "price_in_purchased_currency": 4.99,
            "currency": "USD",
        }

    def _transfer(self, told: Told) -> dict[str, Any]:
        return {
            "transferred_from": self._names(told.person, told.known_as),
            "transferred_to": self._names(told.other, told.known_as),
        }

    def _names(self, number: int, known_as: str) -> list[str]:
        anonymous = f"$RCAnonymousID:{self.salt}{number}"
        if number == PEOPLE:
            return [anonymous]
        own = str(self.people[number].billing_user_id)
        return {"id": [own], "anonymous": [anonymous], "both": [own, anonymous]}[known_as]

    def _post(self, body: bytes) -> int:
        headers = {"Authorization": WEBHOOK_SECRET, "Content-Type": "application/json"}
        url = f"{self.url}/api/v1/webhooks/revenuecat"
        return requests.post(url, body, headers=headers, timeout=30).status_code

    def _mine(self, rows: Any) -> Any:
        return rows.filter(**{f"{rows.query.order_by[0]}__startswith": self.salt})

    def _number(self, user_id: int | None) -> int | None:
        return [person.id for person in self.people].index(user_id) if user_id else None

    def _vip(self, user: User) -> tuple[Any, ...]:
        return user.vip_expires_at, user.vip_is_lifetime

    def _line(self, row: Subscription) -> dict[str, Any]:
        of_the_world = ("id", "created_at", "updated_at", "user_id", "owner_names", "original_transaction_id", "_state")
        facts = {name: value for name, value in vars(row).items() if name not in of_the_world}
        return facts | {"line": row.original_transaction_id[-1], "user": self._number(row.user_id)}

    def _order(self, row: Order) -> dict[str, Any]:
        of_the_world = ("id", "created_at", "updated_at", "user_id", "transaction_id", "_state")
        facts = {name: value for name, value in vars(row).items() if name not in of_the_world}
        return facts | {"line": row.transaction_id.removeprefix(self.salt), "user": self._number(row.user_id)}


def _work(_: int) -> None:
    while webhook.process_waiting():
        pass
    connection.close()


@pytest.mark.django_db(transaction=True)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=histories, chance=st.randoms(use_true_random=False), at_once=st.integers(2, 6))
def test_any_delivery_of_a_history_ends_the_same(
    live_server: Any,
    new_device: Callable[[], Device],
    monkeypatch: pytest.MonkeyPatch,
    history: list[Told],
    chance: Any,
    at_once: int,
) -> None:
    # Else the first worker would take them all, and nothing would happen at once.
    monkeypatch.setattr(webhook, "MOST_AT_ONCE", 1)
    orderly, wild = World(live_server.url, new_device), World(live_server.url, new_device)
    orderly.deliver([orderly.body_of(number, told) for number, told in enumerate(history)], at_once=1)
    bodies = [wild.body_of(number, told) for number, told in enumerate(history)]
    bodies += chance.sample(bodies, k=chance.randint(0, len(bodies)))
    chance.shuffle(bodies)
    wild.deliver(bodies, at_once)
    assert wild.ending() == orderly.ending()
    assert broken_invariants() == []
