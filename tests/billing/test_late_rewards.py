"""Who was VIP when the weekly reward was due has it, also when a webhook tells so after the week's run, and when the
week is over."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.billing import late_rewards
from apps.billing.models import RevenueCatEvent, Subscription
from apps.points import ledger, reward_week, tasks
from apps.points.models import PointTransaction, WeeklyRewardRun
from apps.points.reward_week import named
from tests.billing.conftest import HOUR_MS, WEEK_MS, period
from tests.conftest import at, our_clock_at

WEEK = named("2026-W48")
DUE_MS = int(WEEK.due_at.timestamp() * 1000)
BEFORE, AFTER = DUE_MS - HOUR_MS, DUE_MS + HOUR_MS

SendEvent = Callable[..., Any]


@pytest.fixture
def late(db: None) -> Any:
    """Two hours after the week's run."""
    with at(WEEK.due_at + timedelta(minutes=5)):
        tasks.grant_weekly_reward()
    with at(WEEK.due_at + timedelta(hours=2)):
        yield


def bought(user: User, at_ms: int, **fields: Any) -> dict[str, Any]:
    times = {"purchased_at_ms": at_ms, "event_timestamp_ms": at_ms, "expiration_at_ms": at_ms + WEEK_MS}
    return period(user, **times) | fields


def test_who_had_bought_before_it_was_due_has_it_once(late: None, user: User, send_event: SendEvent) -> None:
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    assert ledger.balance(user.id) == 2000
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    send_event("CANCELLATION", **bought(user, BEFORE), cancel_reason="UNSUBSCRIBE")
    tasks.grant_weekly_reward()
    assert ledger.balance(user.id) == 2000


def test_it_is_not_given_twice_to_who_is_told_of_before_the_run(user: User, send_event: SendEvent) -> None:
    with at(WEEK.due_at + timedelta(minutes=1)):
        send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
        assert ledger.balance(user.id) == 2000
    with at(WEEK.due_at + timedelta(minutes=5)):
        tasks.grant_weekly_reward()
    assert ledger.balance(user.id) == 2000


def test_who_had_bought_vip_for_good_has_that_plans_reward(late: None, user: User, send_event: SendEvent) -> None:
    for_good = {"product_id": "lifetime_001", "expiration_at_ms": None}
    send_event("NON_RENEWING_PURCHASE", **bought(user, BEFORE, **for_good))
    assert ledger.balance(user.id) == 3000


def test_who_was_in_a_period_of_grace_then_has_it(late: None, user: User, send_event: SendEvent) -> None:
    over = bought(user, BEFORE - WEEK_MS)
    send_event("INITIAL_PURCHASE", **over)
    assert ledger.balance(user.id) == 0
    grace = {"event_timestamp_ms": BEFORE, "grace_period_expiration_at_ms": AFTER}
    send_event("BILLING_ISSUE", **over | grace)
    assert ledger.balance(user.id) == 2000


def test_who_bought_at_the_very_moment_has_it(late: None, user: User, send_event: SendEvent) -> None:
    send_event("INITIAL_PURCHASE", **bought(user, DUE_MS))
    assert ledger.balance(user.id) == 2000


def test_a_subscription_beside_vip_for_good_does_not_make_its_reward_less(user: User, send_event: SendEvent) -> None:
    for_good = {"product_id": "lifetime_001", "transaction_id": "l-1", "original_transaction_id": "l-1"}
    with at(WEEK.due_at - timedelta(minutes=30)):
        send_event("NON_RENEWING_PURCHASE", **bought(user, BEFORE, expiration_at_ms=None, **for_good))
    with at(WEEK.due_at + timedelta(minutes=1)):
        send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    assert ledger.balance(user.id) == 3000


def test_vip_that_was_bought_for_good_later_does_not_make_it_more(
    late: None, user: User, send_event: SendEvent
) -> None:
    for_good = {"product_id": "lifetime_001", "transaction_id": "l-1", "original_transaction_id": "l-1"}
    send_event("NON_RENEWING_PURCHASE", **bought(user, AFTER, expiration_at_ms=None, **for_good))
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    assert ledger.balance(user.id) == 2000


def test_a_test_card_brings_none_by_a_transfer_either(
    late: None, user: User, send_event: SendEvent, settings: Any
) -> None:
    settings.PRODUCTION = True
    names = {"transferred_from": ["$RCAnonymousID:a"], "transferred_to": [str(user.billing_user_id)]}
    send_event("TRANSFER", **names, environment="SANDBOX", event_timestamp_ms=BEFORE + 1)
    nobody = {"app_user_id": "$RCAnonymousID:a", "original_app_user_id": "$RCAnonymousID:a", "aliases": []}
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE) | nobody)
    assert Subscription.objects.get().user == user
    assert ledger.balance(user.id) == 0


@pytest.mark.usefixtures("one_day")
def test_a_server_whose_clock_is_ahead_gives_none_before_it_is_due(user: User, send_event: SendEvent) -> None:
    due = reward_week.due(timezone.now())
    started = int(due.due_at.timestamp() * 1000) + HOUR_MS
    with our_clock_at(due.next.due_at + timedelta(hours=1)):
        send_event("INITIAL_PURCHASE", **bought(user, started, expiration_at_ms=started + 2 * WEEK_MS))
    assert ledger.balance(user.id) == 0


@pytest.mark.parametrize(
    "told",
    [
        {"purchased_at_ms": AFTER, "event_timestamp_ms": AFTER},
        {"expiration_at_ms": DUE_MS},
        {"environment": "SANDBOX"},
        {"product_id": "points_1000"},
    ],
    ids=["bought after it", "over at that time", "a test card", "a pack of points"],
)
def test_who_was_no_vip_at_that_time_has_none(
    late: None, user: User, send_event: SendEvent, settings: Any, told: dict[str, Any]
) -> None:
    settings.PRODUCTION = True
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE, environment="PRODUCTION") | told)
    assert RevenueCatEvent.objects.get().outcome in ("applied", "ignored")
    assert ledger.balance(user.id) in (0, 1000)


def test_a_purchase_that_was_refunded_before_it_was_due_brings_none(
    late: None, user: User, send_event: SendEvent
) -> None:
    refund = bought(user, BEFORE, event_timestamp_ms=BEFORE + 1)
    send_event("CANCELLATION", **refund, cancel_reason="CUSTOMER_SUPPORT")
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    assert ledger.balance(user.id) == 0


def test_what_is_transferred_later_brings_it_to_whose_it_was(
    late: None, user: User, new_device: Callable[[], Device], send_event: SendEvent
) -> None:
    receiver = new_device().user
    names = {"transferred_from": [str(user.billing_user_id)], "transferred_to": [str(receiver.billing_user_id)]}
    send_event("TRANSFER", **names, environment="SANDBOX", event_timestamp_ms=AFTER)
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    assert (ledger.balance(user.id), ledger.balance(receiver.id)) == (2000, 0)


def test_who_is_suspended_has_none(late: None, user: User, send_event: SendEvent) -> None:
    User.objects.filter(id=user.id).update(is_active=False)
    send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
    assert ledger.balance(user.id) == 0


class TestAWeekThatIsOver:
    @pytest.fixture(autouse=True)
    def three_weeks_later(self, db: None) -> Any:
        with at(WEEK.due_at + timedelta(days=20)):
            yield

    def say(self, *arguments: str) -> str:
        out = StringIO()
        call_command("grant_weekly_reward", "--week", WEEK.label, *arguments, stdout=out)
        return out.getvalue()

    def given(self, user: User) -> list[int]:
        """That week; the one that was due last is another matter."""
        rows = PointTransaction.objects.filter(user=user, reward_week=WEEK.label)
        return list(rows.values_list("amount", flat=True))

    def test_is_granted_once_to_who_was_vip_then(self, user: User, send_event: SendEvent) -> None:
        send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
        assert "2026-W48: 1 VIPs have not got it yet" in self.say("--dry-run")
        assert self.given(user) == []
        assert "granted to 1" in self.say()
        assert "was done at" in self.say()
        assert self.given(user) == [2000]

    def test_is_granted_to_who_has_renewed_since_and_to_who_has_left(
        self, user: User, new_device: Callable[[], Device], send_event: SendEvent
    ) -> None:
        left = new_device().user
        send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
        send_event("RENEWAL", **bought(user, BEFORE + WEEK_MS, transaction_id="t-2"))
        other = {"transaction_id": "o-1", "original_transaction_id": "o-1"}
        send_event("INITIAL_PURCHASE", **bought(left, BEFORE, **other))
        send_event("EXPIRATION", **bought(left, BEFORE, **other) | {"event_timestamp_ms": BEFORE + WEEK_MS})
        self.say()
        assert (self.given(user), self.given(left)) == ([2000], [2000])

    def test_is_not_granted_to_who_is_vip_only_since(self, user: User, send_event: SendEvent) -> None:
        send_event("INITIAL_PURCHASE", **bought(user, AFTER, expiration_at_ms=AFTER + 52 * WEEK_MS))
        assert ": 0 VIPs" in self.say("--dry-run")
        self.say()
        assert self.given(user) == []

    def test_is_that_of_the_plan_of_then(self, user: User, send_event: SendEvent) -> None:
        for_good = {"product_id": "lifetime_001", "transaction_id": "l-1", "original_transaction_id": "l-1"}
        send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
        send_event("NON_RENEWING_PURCHASE", **bought(user, AFTER, expiration_at_ms=None, **for_good))
        self.say()
        assert self.given(user) == [2000]

    def test_goes_on_where_it_was_stopped(self, user: User, send_event: SendEvent) -> None:
        send_event("INITIAL_PURCHASE", **bought(user, BEFORE))
        late_rewards.grant_past(WEEK)
        WeeklyRewardRun.objects.update(completed_at=None)
        assert "granted to 0" in self.say()
        assert self.given(user) == [2000]

    def test_is_granted_in_batches_to_whoever_had_several_lines_too(
        self,
        user: User,
        new_device: Callable[[], Device],
        send_event: SendEvent,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        people = [user, *(new_device().user for _ in range(4))]
        for number, person in enumerate([*people, user, user]):
            line = {"transaction_id": f"b-{number}", "original_transaction_id": f"b-{number}"}
            send_event("INITIAL_PURCHASE", **bought(person, BEFORE, **line))
        monkeypatch.setattr(late_rewards, "BATCH", 2)
        with CaptureQueriesContext(connection) as queries:
            assert late_rewards.count_past(WEEK) == 5
            assert late_rewards.grant_past(WEEK) == 5
        assert [self.given(person) for person in people] == [[2000]] * 5
        assert late_rewards.count_past(WEEK) == 0
        assert WeeklyRewardRun.objects.get(week=WEEK.label).granted == 5
        named = [[str(person.id) in query["sql"] for person in people].count(True) for query in queries]
        assert max(named) == 2
