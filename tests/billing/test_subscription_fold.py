"""A line is what its events say, in whatever order they came."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.billing.revenuecat import Event
from apps.billing.subscription_fold import Line, fold

WEEK = 604_800_000
BLANK = Event(
    id="",
    type="",
    event_at_ms=0,
    environment="PRODUCTION",
    store="APP_STORE",
    product_id="weekly_001",
    transaction_id="t",
    original_transaction_id="t",
    period_type="NORMAL",
    expires_at_ms=WEEK,
)


def event(kind: str, at: int, week: int = 0, **fields: Any) -> Event:
    times: dict[str, Any] = {"event_at_ms": at, "purchased_at_ms": week * WEEK, "expires_at_ms": (week + 1) * WEEK}
    return replace(BLANK, id=f"{kind}-{at}", type=kind, **(times | fields))


BOUGHT = event("INITIAL_PURCHASE", 1)
RENEWED = event("RENEWAL", WEEK, 1)


def folded(*events: Event) -> Line:
    line = fold(events)
    assert line is not None
    return line


def test_no_purchase_no_line() -> None:
    assert fold([event("CANCELLATION", 5)]) is None


def test_a_renewal_moves_the_end() -> None:
    assert folded(BOUGHT, RENEWED).expires_at_ms == 2 * WEEK


def test_switching_renewal_off_keeps_access() -> None:
    line = folded(BOUGHT, event("CANCELLATION", 5, cancel_reason="UNSUBSCRIBE"))
    assert (line.will_renew, line.ended_at_ms, line.expires_at_ms) == (False, None, WEEK)


def test_changing_ones_mind_renews_again() -> None:
    line = folded(BOUGHT, event("CANCELLATION", 5, cancel_reason="UNSUBSCRIBE"), event("UNCANCELLATION", 6))
    assert (line.will_renew, line.cancel_reason) == (True, "")


def test_a_refund_ends_access_now() -> None:
    assert folded(BOUGHT, event("CANCELLATION", 5, cancel_reason="CUSTOMER_SUPPORT")).ended_at_ms == 5
    assert folded(BOUGHT, event("CANCELLATION", 5, price_usd=Decimal("-4.99"))).ended_at_ms == 5


def test_an_expiration_of_the_first_period_does_not_end_the_second() -> None:
    assert folded(BOUGHT, RENEWED, event("EXPIRATION", WEEK + 9)).ended_at_ms is None


def test_a_failed_charge_lends_the_grace_period() -> None:
    line = folded(BOUGHT, event("BILLING_ISSUE", WEEK, grace_expires_at_ms=WEEK + 500))
    assert (line.grace_expires_at_ms, line.ended_at_ms) == (WEEK + 500, None)


@given(
    st.permutations(
        [
            BOUGHT,
            event("CANCELLATION", 5, cancel_reason="UNSUBSCRIBE"),
            event("UNCANCELLATION", 6),
            event("BILLING_ISSUE", WEEK - 1, grace_expires_at_ms=WEEK + 500),
            RENEWED,
            event("EXPIRATION", WEEK, 0),
            event("CANCELLATION", WEEK + 7, 1, cancel_reason="CUSTOMER_SUPPORT"),
        ]
    )
)
def test_the_order_of_arrival_does_not_matter(events: list[Event]) -> None:
    assert fold(events) == Line(
        "weekly_001",
        "NORMAL",
        WEEK,
        2 * WEEK,
        ended_at_ms=WEEK + 7,
        end_reason="REFUND",
        will_renew=False,
        cancel_reason="CUSTOMER_SUPPORT",
        is_refunded=True,
    )


@given(st.lists(st.sampled_from([BOUGHT, RENEWED, event("EXPIRATION", 2 * WEEK, 1)]), min_size=3))
def test_duplicates_do_not_matter(events: list[Event]) -> None:
    assert fold(events) == fold(set(events))
