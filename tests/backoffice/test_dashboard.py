"""The dashboard's numbers are those of the rows, whichever way they were counted."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.backoffice import daily, tasks
from apps.backoffice.models import DailyFigures
from apps.billing.models import Order
from apps.core.models import InvariantRun
from apps.core.snowflake import next_id
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload, ProviderHealth, Status, TaskReport
from apps.points import ledger, reversals
from apps.points.ledger import Bucket, Kind
from tests.conftest import at, spend_for

NOW = datetime(2026, 12, 10, 15, tzinfo=UTC)
MOST_QUERIES = 24


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def order_task(user: User, template: EmojiTemplate) -> Callable[..., EmojiTask]:
    def made(status: str) -> EmojiTask:
        now, task_id = timezone.now(), next_id()
        upload = PhotoUpload.objects.create(
            user=user, key=str(next_id()), content_type="image/jpeg", content_length=1, expires_at=now
        )
        ended = {"completed_at": now} if status not in ("queued", "processing") else {}
        clip = {"result_key": "k", "result_size": 1, "result_sha256": "s"} if status == Status.SUCCEEDED else {}
        code = {"error_code": "provider_failed"} if status == Status.FAILED else {}
        return EmojiTask.objects.create(
            id=task_id,
            user=user,
            template=template,
            upload=upload,
            cost=200,
            status=status,
            spend_transaction_id=spend_for(task_id, user, 200),
            next_step_at=now,
            **ended,
            **clip,
            **code,
        )

    return made


@pytest.fixture
def sell(user: User) -> Callable[..., Order]:
    def sold(product: str, price: str, currency: str, **more: Any) -> Order:
        return Order.objects.create(
            user=user,
            kind="points",
            status="paid",
            store="APP_STORE",
            transaction_id=str(next_id()),
            purchased_at=timezone.now(),
            product_id=product,
            price=price,
            currency=currency,
            **{"environment": "PRODUCTION"} | more,
        )

    return sold


@pytest.fixture
def history(user: User, order_task: Callable[..., EmojiTask], sell: Callable[..., Order]) -> None:
    """Things that happened on days of the last weeks, and today."""
    for back in (20, 3, 1, 0):
        with at(days_ago(back)):
            for status in ("succeeded", "succeeded", "failed", "canceled", "queued")[: 5 - back % 3]:
                order_task(status)
            ledger.credit(
                user.id, 1000, kind=Kind.PURCHASE, bucket=Bucket.PURCHASED, reference=f"o:{back}", title="Pack"
            )
            spend = ledger.charge(user.id, 200 + back, reference=f"t:{back}", title="Emoji")
            if back == 3:
                reversals.refund(spend, title="Refund")
            sell("pack_1", "4.9900", "USD")
            sell("pack_1", "30", "CNY", environment="SANDBOX" if back == 1 else "PRODUCTION")
    with at(days_ago(2)):
        sell("pack_2", "10", "USD", refunded_at=days_ago(1))


def page(client: Client, staff: User, days: int = 30) -> Any:
    with at(NOW):
        client.force_login(staff)
        answer = client.get("/admin/", {"days": days})
        assert answer.status_code == 200
        return answer.context


def raw(sql: str) -> dict[Any, Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {tuple(row[:-1]): row[-1] for row in cursor.fetchall()}


def shown_series(chart: Any) -> dict[tuple[date, str], int]:
    return {
        (day, series.name): value
        for day, values in chart.rows
        for series, value in zip(chart.series, values, strict=True)
        if value
    }


@pytest.mark.parametrize("is_stored", [True, False], ids=["stored", "not yet stored"])
@pytest.mark.usefixtures("history")
def test_the_numbers_are_those_of_the_rows(client: Client, staff: User, is_stored: bool) -> None:
    with at(NOW):
        tasks.count_days()
        if not is_stored:
            DailyFigures.objects.filter(day__gte=days_ago(3)).delete()
            daily.count()
    shown = page(client, staff)
    expected = raw("""
        SELECT (created_at AT TIME ZONE 'UTC')::date,
               CASE WHEN status IN ('queued', 'processing') THEN 'open' ELSE status END, count(*)
        FROM emoji_emojitask GROUP BY 1, 2""")
    assert shown_series(shown["tasks_chart"]) == expected
    points = raw("""
        SELECT (created_at AT TIME ZONE 'UTC')::date,
               CASE kind WHEN 'purchase' THEN 'sold' WHEN 'spend' THEN 'spent' ELSE 'refunded' END, abs(sum(amount))
        FROM points_pointtransaction WHERE kind <> 'promo' GROUP BY 1, 2""")
    assert shown_series(shown["points_chart"]) == points
    sold = raw("SELECT product_id, environment, currency, sum(price) FROM billing_order GROUP BY 1, 2, 3")
    rows = shown["revenue"]
    assert {
        (row["product"], row["environment"], currency): price for row in rows for currency, price in row["sold"].items()
    } == sold
    assert {row["product"]: row["returned"] for row in rows if row["returned"]} == {"pack_2": {"USD": 10}}


@pytest.mark.usefixtures("history")
def test_a_shorter_range_shows_its_days_only(client: Client, staff: User) -> None:
    with at(NOW):
        tasks.count_days()
    chart = page(client, staff, days=7)["tasks_chart"]
    assert (chart.first, chart.last, len(chart.rows)) == (date(2026, 12, 4), date(2026, 12, 10), 7)
    assert sum(series.total for series in chart.series) == EmojiTask.objects.filter(created_at__gte=days_ago(6)).count()


@pytest.mark.parametrize("asked", ["0", "-5", "8", "36500", "x", ""])
def test_no_other_range_can_be_asked_for(client: Client, staff: User, asked: str) -> None:
    client.force_login(staff)
    assert client.get("/admin/", {"days": asked}).context["range"] == 30


@pytest.mark.usefixtures("history")
def test_days_that_are_not_counted_are_told_and_not_guessed(client: Client, staff: User) -> None:
    shown = page(client, staff)
    assert shown["uncounted"] == 29
    assert {day for day, _ in shown_series(shown["tasks_chart"])} == {NOW.date()}


@pytest.mark.usefixtures("history")
def test_reading_costs_as_many_queries_for_ninety_days_as_for_seven(client: Client, staff: User) -> None:
    with at(NOW):
        tasks.count_days()
        client.force_login(staff)
        numbers = []
        for days in (7, 90):
            with CaptureQueriesContext(connection) as queries:
                client.get("/admin/", {"days": days})
            numbers.append(len(queries))
    assert max(numbers) <= MOST_QUERIES
    # The first visit remembers some numbers for the second.
    assert numbers[1] <= numbers[0]


@pytest.mark.usefixtures("history")
def test_a_day_that_staff_changed_is_counted_again(user: User) -> None:
    with at(NOW):
        tasks.count_days()
        changed = EmojiTask.objects.filter(created_at__date=days_ago(20), status=Status.SUCCEEDED)
        task_id = changed[0].id
        changed.update(status=Status.CANCELED)
        tasks.count_days()
        assert DailyFigures.objects.get(day=days_ago(20)).tasks["succeeded"] == 2
        daily.mark_stale(task_id)
        tasks.count_days()
    assert "succeeded" not in DailyFigures.objects.get(day=days_ago(20)).tasks


@pytest.mark.django_db
def test_one_run_counts_a_bounded_number_of_days_and_the_next_goes_on() -> None:
    with at(NOW):
        assert daily.count() == daily.MOST_AT_ONCE
        for _ in range(3):
            daily.count()
        assert DailyFigures.objects.count() == daily.MOST_DAYS - 1
        # Those that are not settled are counted each time.
        assert daily.count() == daily.SETTLED_AFTER.days


class TestTiles:
    def test_the_queue_and_its_oldest(self, client: Client, staff: User, order_task: Callable[..., EmojiTask]) -> None:
        with at(NOW - timedelta(minutes=40)):
            order_task("queued")
        with at(NOW - timedelta(minutes=5)):
            order_task("queued")
            order_task("processing")
        queue = page(client, staff)["queue"]
        assert (queue.waiting, queue.in_the_making) == (2, 1)
        assert round((NOW - queue.oldest_since) / timedelta(minutes=1)) == 40

    def test_vips_events_reports_and_the_proof(
        self, client: Client, staff: User, user: User, task: EmojiTask, send_event: Callable[..., Any]
    ) -> None:
        User.objects.filter(id=user.id).update(vip_expires_at=NOW + timedelta(days=1))
        TaskReport.objects.create(user=user, task=task, reason="wrong")
        send_event("NON_RENEWING_PURCHASE", app_user_id="somebody", original_app_user_id="somebody", aliases=[])
        InvariantRun.objects.create(checked=["L1"], broken={"L1": ["user 1"]}, took_ms=5)
        shown = page(client, staff)
        assert (shown["vips"], shown["reports"], shown["trouble"]["unmatched"]) == (1, 1, 1)
        assert shown["proof"].broken

    def test_an_account_that_is_left_alone(self, client: Client, staff: User) -> None:
        ProviderHealth.objects.create(account="mock", failures=5, fault="account", open_until=timezone.now())
        (account,) = page(client, staff)["accounts"]
        assert account.problem == "left alone: account"


def test_everybody_sees_what_they_may(client: Client, db: None) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_emojitask"))
    shown = page(client, clerk)
    assert shown["tasks_chart"] is not None
    assert shown["queue"] is not None
    assert all(shown[name] is None for name in ("points_chart", "revenue", "vips", "trouble", "spending", "proof"))
