"""A line is what its events say, in whatever order they came."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.billing.revenuecat import Event
from apps.billing.subscription_fold import DAY_MS, Line, fold

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
REFUNDED = event("CANCELLATION", 5, cancel_reason="CUSTOMER_SUPPORT")
LENT = event("TEMPORARY_ENTITLEMENT_GRANT", 2, purchased_at_ms=2, expires_at_ms=WEEK)


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


def test_an_expiration_ends_it_with_its_reason_also_where_it_names_no_period() -> None:
    for named in (0, None):
        line = folded(BOUGHT, event("EXPIRATION", 9, purchased_at_ms=named, expiration_reason="UNSUBSCRIBE"))
        assert (line.ended_at_ms, line.end_reason, line.will_renew) == (9, "UNSUBSCRIBE", False)


def test_an_expiration_of_the_first_period_does_not_end_the_second() -> None:
    assert folded(BOUGHT, RENEWED, event("EXPIRATION", WEEK + 9)).ended_at_ms is None


def test_a_failed_charge_lends_the_grace_period() -> None:
    line = folded(BOUGHT, event("BILLING_ISSUE", WEEK, grace_expires_at_ms=WEEK + 500))
    assert (line.grace_expires_at_ms, line.ended_at_ms) == (WEEK + 500, None)


class TestAnEventOfTheFirstPeriodThatIsToldInTheSecond:
    LATER = WEEK + 9

    @pytest.mark.parametrize(
        "told",
        [
            event("CANCELLATION", LATER, cancel_reason="CUSTOMER_SUPPORT"),
            event("BILLING_ISSUE", LATER, grace_expires_at_ms=3 * WEEK),
            event("SUBSCRIPTION_EXTENDED", LATER, expires_at_ms=WEEK + 10),
            event("EXPIRATION", LATER),
            event("RENEWAL", LATER),
        ],
        ids=lambda told: str(told.type),
    )
    def test_leaves_the_second_as_it_is(self, told: Event) -> None:
        assert fold([BOUGHT, RENEWED, told]) == fold([BOUGHT, RENEWED])

    def test_does_not_give_back_the_second_when_its_refund_is_reversed(self) -> None:
        refunded = event("CANCELLATION", WEEK + 5, 1, cancel_reason="CUSTOMER_SUPPORT")
        assert folded(BOUGHT, RENEWED, refunded, event("REFUND_REVERSED", self.LATER)).ended_at_ms == WEEK + 5


class TestRefunded:
    def test_is_not_opened_by_a_second_event_of_the_same_purchase(self) -> None:
        assert folded(BOUGHT, REFUNDED, event("RENEWAL", 6)).ended_at_ms == 5

    def test_is_opened_by_the_next_period(self) -> None:
        assert folded(BOUGHT, REFUNDED, RENEWED).ended_at_ms is None

    def test_keeps_its_reason_when_its_time_is_over(self) -> None:
        line = folded(BOUGHT, REFUNDED, event("EXPIRATION", WEEK, expiration_reason="UNSUBSCRIBE"))
        assert (line.ended_at_ms, line.end_reason) == (5, "REFUND")

    def test_ends_as_ever_once_the_refund_was_reversed(self) -> None:
        reversed_ = event("REFUND_REVERSED", 6)
        assert folded(BOUGHT, REFUNDED, reversed_).ended_at_ms is None
        assert folded(BOUGHT, REFUNDED, reversed_, event("EXPIRATION", WEEK)).ended_at_ms == WEEK

    def test_what_ended_by_itself_is_opened_by_it(self) -> None:
        assert folded(BOUGHT, event("EXPIRATION", 5), event("RENEWAL", 6)).ended_at_ms is None

    def test_a_reversal_opens_nothing_that_ended_by_itself(self) -> None:
        assert folded(BOUGHT, event("EXPIRATION", WEEK), event("REFUND_REVERSED", WEEK + 1)).ended_at_ms == WEEK


class TestLentAccess:
    def test_lasts_for_a_day_at_most(self) -> None:
        line = folded(LENT)
        assert (line.expires_at_ms, line.is_temporary, line.will_renew) == (2 + DAY_MS, True, False)

    def test_takes_nothing_from_a_purchase_that_lasts(self) -> None:
        assert fold([BOUGHT, LENT]) == fold([BOUGHT])

    @pytest.mark.parametrize(
        ("earlier", "at"), [([BOUGHT], WEEK), ([BOUGHT, REFUNDED], 10), ([LENT], 10)], ids=["over", "refunded", "lent"]
    )
    def test_comes_after_what_does_not_last(self, earlier: list[Event], at: int) -> None:
        lent = event("TEMPORARY_ENTITLEMENT_GRANT", at, purchased_at_ms=at, expires_at_ms=2 * WEEK)
        line = folded(*earlier, lent)
        assert (line.expires_at_ms, line.is_temporary, line.ended_at_ms) == (at + DAY_MS, True, None)

    def test_takes_nothing_from_what_is_for_good_and_opens_nothing_without_an_end(self) -> None:
        for_good = event("NON_RENEWING_PURCHASE", 1, expires_at_ms=None)
        assert fold([for_good, LENT]) == fold([for_good])
        assert fold([replace(LENT, expires_at_ms=None)]) is None

    def test_gives_way_to_the_purchase_also_where_that_began_before_it(self) -> None:
        line = folded(LENT, event("INITIAL_PURCHASE", 3, purchased_at_ms=1))
        assert (line.expires_at_ms, line.is_temporary) == (WEEK, False)


def test_a_renewal_that_tells_no_end_keeps_the_one_before_and_is_doubtful() -> None:
    line = folded(BOUGHT, event("RENEWAL", WEEK, 1, expires_at_ms=None))
    assert (line.expires_at_ms, line.is_doubtful) == (WEEK, True)


def test_a_renewal_that_stripe_was_not_paid_for_is_doubtful() -> None:
    assert folded(event("RENEWAL", 1, store="STRIPE", price_usd=Decimal(0))).is_doubtful
    assert not folded(event("RENEWAL", 1, store="APP_STORE", price_usd=Decimal(0))).is_doubtful
    assert not folded(event("RENEWAL", 1, store="STRIPE", price_usd=Decimal(5))).is_doubtful
    assert not folded(event("INITIAL_PURCHASE", 1, store="STRIPE", price_usd=Decimal(0))).is_doubtful


def test_what_is_bought_for_good_after_a_period_has_no_end_and_no_doubt() -> None:
    line = folded(BOUGHT, event("NON_RENEWING_PURCHASE", WEEK, 1, expires_at_ms=None))
    assert (line.expires_at_ms, line.is_doubtful, line.will_renew) == (None, False, False)


def test_a_store_may_lengthen_a_period() -> None:
    assert folded(BOUGHT, event("SUBSCRIPTION_EXTENDED", 5, expires_at_ms=WEEK + 10)).expires_at_ms == WEEK + 10


def test_what_the_family_shares_is_told_as_such() -> None:
    assert folded(event("INITIAL_PURCHASE", 1, is_family_share=True)).is_family_share
    assert not folded(BOUGHT).is_family_share


def test_a_pause_ends_nothing_before_its_time() -> None:
    line = folded(BOUGHT, event("SUBSCRIPTION_PAUSED", 5, auto_resume_at_ms=3 * WEEK))
    assert (line.ended_at_ms, line.expires_at_ms, line.will_renew, line.auto_resume_at_ms) == (
        None,
        WEEK,
        False,
        3 * WEEK,
    )


def test_another_product_is_pending_until_it_comes_into_effect() -> None:
    wanted = event("PRODUCT_CHANGE", 5, new_product_id="yearly_001")
    assert folded(BOUGHT, wanted).pending_product_id == "yearly_001"
    assert folded(BOUGHT, event("PRODUCT_CHANGE", 5, new_product_id="weekly_001")).pending_product_id == ""
    changed = folded(BOUGHT, wanted, event("RENEWAL", WEEK, 1, product_id="yearly_001"))
    assert (changed.product_id, changed.pending_product_id) == ("yearly_001", "")


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
