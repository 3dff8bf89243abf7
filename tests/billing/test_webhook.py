"""An event is stored once and for good; what it does happens once."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import User
from apps.billing import burst, tasks, webhook
from apps.billing.bell import bell
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.billing.subscription_fold import STEPS
from apps.points.models import UserPoints
from apps.remoteconfig.models import PointsPack
from tests.billing.conftest import HOUR_MS, NOW_MS, pack, period
from tests.conftest import WEBHOOK_SECRET, our_clock_at, revenuecat_event

WEBHOOK = "/api/v1/webhooks/revenuecat"
LARGEST_BALANCE = 2**63 - 1


def balance(user: User) -> int:
    return int(UserPoints.objects.get(user=user).balance)


def test_a_points_pack_brings_its_points_and_an_order(user: User, send_event: Any) -> None:
    answer = send_event("NON_RENEWING_PURCHASE", **pack(user))
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    assert balance(user) == 1000
    assert Order.objects.get().points_granted == 1000


def test_a_points_pack_makes_nobody_vip_although_it_never_expires(user: User, send_event: Any) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    user.refresh_from_db()
    assert not vip.is_vip(user, user.created_at)


def test_the_same_event_again_is_a_duplicate(user: User, send_event: Any) -> None:
    event = pack(user, id="EVENT-1")
    answers = [send_event("NON_RENEWING_PURCHASE", **event).json()["status"] for _ in range(2)]
    assert answers == ["accepted", "duplicate"]
    assert balance(user) == 1000


@pytest.mark.django_db(transaction=True)
def test_ten_deliveries_at_once_credit_once(user: User) -> None:
    bodies = [json.dumps(revenuecat_event("NON_RENEWING_PURCHASE", **pack(user, id=f"E{n % 2}"))) for n in range(10)]
    statuses: list[int] = []
    start = threading.Barrier(10)

    def deliver(body: str) -> None:
        start.wait()
        statuses.append(post(body).status_code)
        connection.close()

    threads = [threading.Thread(target=deliver, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    RevenueCatEvent.objects.filter(outcome="received").update(next_try_at="2026-01-01T00:00:00Z")
    tasks.process_waiting_events()
    assert statuses == [200] * 10
    assert balance(user) == 1000


def post(body: str | bytes, authorization: str = WEBHOOK_SECRET, **headers: str) -> Any:
    return APIClient().post(
        WEBHOOK, body, content_type="application/json", headers={"Authorization": authorization, **headers}
    )


def test_an_event_for_nobody_is_kept(db: None, send_event: Any) -> None:
    assert send_event("NON_RENEWING_PURCHASE", product_id="points_1000").status_code == 200
    assert RevenueCatEvent.objects.get().outcome == "unmatched"


def test_sandbox_purchases_count_in_production_for_testers_only(user: User, send_event: Any, settings: Any) -> None:
    settings.PRODUCTION = True
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    assert RevenueCatEvent.objects.get().reason == "sandbox"
    User.objects.filter(id=user.id).update(is_tester=True)
    send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id="t-2"))
    assert balance(user) == 1000


def test_a_subscription_makes_vip_until_its_end(user: User, send_event: Any) -> None:
    send_event("INITIAL_PURCHASE", **period(user))
    user.refresh_from_db()
    assert user.vip_expires_at is not None
    assert user.vip_expires_at.timestamp() * 1000 == NOW_MS + 168 * HOUR_MS
    assert Subscription.objects.get().will_renew


def test_a_cancellation_that_comes_first_is_seen_when_the_purchase_arrives(user: User, send_event: Any) -> None:
    cancelled = period(user, cancel_reason="UNSUBSCRIBE", event_timestamp_ms=NOW_MS + 1, price=0)
    send_event("CANCELLATION", **cancelled)
    send_event("INITIAL_PURCHASE", **period(user))
    row = Subscription.objects.get()
    assert (row.will_renew, row.cancel_reason) == (False, "UNSUBSCRIBE")


def test_a_lifetime_product_has_no_end(user: User, send_event: Any) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user, product_id="lifetime_001"))
    user.refresh_from_db()
    assert user.vip_is_lifetime


def test_an_event_that_cannot_be_applied_is_kept_and_tried_again(user: User, send_event: Any, give_points: Any) -> None:
    """More points than a balance can hold, until staff make the pack smaller."""
    give_points(user, LARGEST_BALANCE - 500)
    assert send_event("NON_RENEWING_PURCHASE", **pack(user)).status_code == 200
    event = RevenueCatEvent.objects.get()
    assert (event.outcome, event.attempts) == ("failed", 1)
    # Whoever binds the values notices: the driver, or PostgreSQL behind PgBouncer.
    assert event.reason in ("OverflowError", "DataError")
    PointsPack.objects.create(product_id="points_1000", points=500)
    RevenueCatEvent.objects.update(next_try_at=event.created_at)
    tasks.process_waiting_events()
    assert balance(user) == LARGEST_BALANCE


def test_the_second_of_a_burst_is_stored_and_a_worker_may_apply_it_at_once(
    user: User, send_event: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BILLING_BURST_SECONDS = 60
    rung: list[bool] = []
    monkeypatch.setattr(burst, "requests", burst.Requests())
    monkeypatch.setattr(bell, "ring", lambda: rung.append(True))
    for number in (1, 2):
        send_event("NON_RENEWING_PURCHASE", **pack(user) | {"transaction_id": f"t-{number}"})
    outcomes = RevenueCatEvent.objects.order_by("id").values_list("outcome", flat=True)
    assert (list(outcomes), rung) == (["applied", "received"], [True])
    tasks.process_waiting_events()
    assert list(outcomes.all()) == ["applied", "applied"]


def test_an_event_whose_request_died_is_applied_later(user: User) -> None:
    webhook.receive(json.dumps(revenuecat_event("NON_RENEWING_PURCHASE", **pack(user))).encode())
    tasks.process_waiting_events()
    assert not UserPoints.objects.exists()
    RevenueCatEvent.objects.update(next_try_at="2026-01-01T00:00:00Z")
    tasks.process_waiting_events()
    assert balance(user) == 1000


def test_an_event_of_a_burst_that_came_to_a_machine_whose_clock_is_ahead_is_applied_as_soon_as_any(user: User) -> None:
    body = json.dumps(revenuecat_event("NON_RENEWING_PURCHASE", **pack(user))).encode()
    with our_clock_at(timezone.now() + timedelta(hours=1)):
        webhook.receive(body, applied_within=timedelta())
    tasks.process_waiting_events()
    assert balance(user) == 1000


@pytest.mark.parametrize("authorization", ["", "wrong", "Bearer wrong", "Bearer ", "é"])
def test_a_wrong_secret_is_refused(db: None, authorization: str) -> None:
    answer = post("{}", authorization)
    assert (answer.status_code, answer.json()["code"]) == (401, "webhook_unauthorized")


def test_no_secret_set_lets_nobody_in(db: None, settings: Any) -> None:
    settings.REVENUECAT_WEBHOOK_SECRET = ""
    assert post("{}", "").status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "{}", '{"event": {"type": "TEST"}}', "[" * 100_000])
def test_what_is_no_event_is_malformed(db: None, body: str) -> None:
    answer = post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("size", [300_000, 2_000_000])
def test_a_body_above_256_kib_is_refused(db: None, size: int) -> None:
    answer = post(b'"' + b"x" * size + b'"')
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("accepted", ["text/html", "application/xml, image/*", "x"])
def test_an_event_is_not_lost_for_what_its_sender_accepts(user: User, accepted: str) -> None:
    answer = post(json.dumps(revenuecat_event("NON_RENEWING_PURCHASE", **pack(user))), Accept=accepted)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert balance(user) == 1000


def test_a_body_that_postgresql_cannot_hold_as_text_is_kept_byte_for_byte(db: None) -> None:
    body = (
        b'{"event": {"id": "E\\u0000\\ud800", "type": "TEST", "event_timestamp_ms": 1e400, "app_user_id": "a\\u0000b"}}'
    )
    body = body.replace(b"1e400", b"99999999999999999999999")
    assert post(body).status_code == 200
    assert bytes(RevenueCatEvent.objects.get().body) == body


class TestSignature:
    KEY = "a signing key for tests only"

    @pytest.fixture(autouse=True)
    def key(self, db: None, settings: Any) -> None:
        settings.REVENUECAT_SIGNING_KEY = self.KEY

    def deliver(self, at: int, key: str = KEY, body: str = "") -> int:
        sent = json.dumps(revenuecat_event("TEST"))
        signature = hmac.new(key.encode(), f"{at}.{body or sent}".encode(), hashlib.sha256).hexdigest()
        headers = {"X-RevenueCat-Webhook-Signature": f"t={at},v1={'0' * 64},v1={signature}"}
        return int(post(sent, **headers).status_code)

    def test_a_signed_body_is_taken(self) -> None:
        assert self.deliver(int(time.time())) == 200

    def test_another_key_another_body_or_an_old_signature_is_refused(self) -> None:
        now = int(time.time())
        assert [self.deliver(now, key="other"), self.deliver(now, body="other"), self.deliver(now - 400)] == [401] * 3

    def test_a_missing_signature_is_refused(self) -> None:
        assert post(json.dumps(revenuecat_event("TEST"))).status_code == 401


class TestABugInAHandler:
    """Planted for one type of event."""

    @pytest.fixture
    def bug(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        def broken(line: Any, event: Any) -> Any:
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as planted:
            planted.setitem(STEPS, "BILLING_ISSUE", broken)
            yield

    def test_the_event_stays_with_its_traceback_and_later_ones_still_apply(
        self, user: User, send_event: Any, bug: None
    ) -> None:
        send_event("INITIAL_PURCHASE", **period(user))
        assert send_event("BILLING_ISSUE", **self.issue(user)).status_code == 200
        failed = RevenueCatEvent.objects.get(type="BILLING_ISSUE")
        assert (failed.outcome, failed.reason, failed.attempts) == ("failed", "ZeroDivisionError", 1)
        assert "a bug" in failed.traceback
        off = period(user, event_timestamp_ms=NOW_MS + 2, cancel_reason="UNSUBSCRIBE", price=0)
        send_event("CANCELLATION", **off)
        assert Subscription.objects.get().cancel_reason == "UNSUBSCRIBE"

    def test_it_is_tried_again_less_and_less_often_and_applied_once_the_bug_is_fixed(
        self, user: User, send_event: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as planted:
            planted.setitem(STEPS, "BILLING_ISSUE", lambda line, event: 1 / 0)
            send_event("INITIAL_PURCHASE", **period(user))
            send_event("BILLING_ISSUE", **self.issue(user))
            waits = [self.wait_of_next_try() for _ in range(4)]
        assert waits == sorted(waits)
        assert waits[-1] > 2 * waits[0]
        RevenueCatEvent.objects.update(next_try_at="2026-01-01T00:00:00Z")
        tasks.process_waiting_events()
        event = RevenueCatEvent.objects.get(type="BILLING_ISSUE")
        assert (event.outcome, event.traceback, event.next_try_at) == ("applied", "", None)
        assert Subscription.objects.get().billing_issue_at is not None

    def issue(self, user: User) -> dict[str, Any]:
        return period(user, event_timestamp_ms=NOW_MS + 1, grace_period_expiration_at_ms=NOW_MS + 200 * HOUR_MS)

    def wait_of_next_try(self) -> float:
        failed = RevenueCatEvent.objects.filter(outcome="failed")
        failed.update(next_try_at="2026-01-01T00:00:00Z")
        tasks.process_waiting_events()
        next_try_at = failed.get().next_try_at
        assert next_try_at is not None
        return next_try_at.timestamp() - time.time()


@pytest.mark.parametrize("shown", ["Bearer {}", "{}"])
@pytest.mark.parametrize("kept", ["Bearer {}", "{}"])
def test_the_dashboards_value_may_be_the_secret_or_bearer_and_the_secret(
    db: None, settings: Any, shown: str, kept: str
) -> None:
    """So may ours: either is entered where the other one was."""
    settings.REVENUECAT_WEBHOOK_SECRET = kept.format("a secret for tests only")
    answer = post(json.dumps(revenuecat_event("TEST")), shown.format("a secret for tests only"))
    assert answer.status_code == 200


def test_a_secret_that_is_being_changed_is_taken_as_well(db: None, settings: Any) -> None:
    settings.REVENUECAT_WEBHOOK_SECRET_PREVIOUS = "the secret before, for tests only"
    assert post(json.dumps(revenuecat_event("TEST")), "the secret before, for tests only").status_code == 200


def test_the_authorization_is_nowhere_in_what_is_kept(db: None) -> None:
    post(json.dumps(revenuecat_event("TEST")))
    kept = RevenueCatEvent.objects.values().get()
    assert not any(WEBHOOK_SECRET in str(value) for value in kept.values())
    assert WEBHOOK_SECRET.encode() not in bytes(kept["body"])


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "free", "quantity": -1, "aliases": "me", "entitlement_ids": 7, "is_family_share": "yes"},
        {"purchased_at_ms": 10**40, "expiration_at_ms": -1, "event_timestamp_ms": "yesterday"},
        {"transaction_id": 10**40, "app_user_id": {"a": 1}, "store": None, "environment": []},
        {"product_id": "x" * 5_000, "transaction_id": "y" * 5_000},
    ],
)
def test_fields_of_a_wrong_type_are_stored_and_hurt_nobody(user: User, send_event: Any, fields: dict[str, Any]) -> None:
    assert send_event("INITIAL_PURCHASE", **period(user) | fields).status_code == 200
    assert RevenueCatEvent.objects.get().outcome in ("applied", "unmatched")


def test_a_duplicate_is_counted(user: User, send_event: Any) -> None:
    for _ in range(3):
        send_event("NON_RENEWING_PURCHASE", **pack(user, id="EVENT-1"))
    assert RevenueCatEvent.objects.get().deliveries == 3
