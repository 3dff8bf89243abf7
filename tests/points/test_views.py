"""What the app sees of points."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import vip
from apps.accounts.models import Device, User
from apps.accounts.vip import Vip
from apps.points import ledger, tasks
from apps.points.ledger import Bucket
from tests.conftest import app_of, at
from tests.past_the_ledger import past_the_ledger

BALANCE = "/api/v1/points/balance"
TRANSACTIONS = "/api/v1/points/transactions"
TWO_THOUSAND_ROWS_EACH = """
    INSERT INTO points_pointtransaction (id, user_id, kind, sequence, amount, purchased_amount, granted_amount,
        balance_after, reference, title, created_at)
    SELECT n * 50 + number, user_id, 'promo', n, 1, 1, 0, n, 'row:' || n || ':' || number, 'A row', now()
    FROM generate_series(1, 2000) AS n, unnest(%s::bigint[]) WITH ORDINALITY AS known (user_id, number)
"""


def test_who_never_had_points_has_none(app: APIClient) -> None:
    none = {"balance": 0, "purchased": 0, "granted": 0, "frozen": False, "next_expiry": None, "updated_at": None}
    assert app.get(BALANCE).json() == none


def test_the_balance_is_the_sum_of_its_buckets(app: APIClient, user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 100)
    give_points(user, 20, Bucket.GRANTED)
    body = app.get(BALANCE).json()
    assert (body["balance"], body["purchased"], body["granted"]) == (120, 100, 20)


def test_balances_are_not_cached(app: APIClient) -> None:
    assert app.get(BALANCE)["Cache-Control"] == "no-store"


def test_a_spend_shows_what_it_was_for_and_from_which_bucket(
    app: APIClient, user: User, give_points: Callable[..., None]
) -> None:
    give_points(user, 300)
    spend = ledger.charge(user.id, 200, reference="emoji_task:5", title="Emoji: Happy")
    row = app.get(TRANSACTIONS).json()["items"][0]
    assert row["id"] == str(spend.id)
    assert (row["type"], row["amount"], row["balance_after"], row["bucket"]) == ("spend", -200, 100, "purchased")
    assert row["reference"] == {"kind": "emoji_task", "id": "5"}
    assert row["parts"] == [{"bucket": "purchased", "amount": -200}]


def test_transactions_can_be_of_one_type_only(app: APIClient, user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 300)
    ledger.charge(user.id, 200, reference="emoji_task:5", title="Emoji: Happy")
    assert [row["type"] for row in app.get(TRANSACTIONS, {"type": "spend"}).json()["items"]] == ["spend"]
    refused = app.get(TRANSACTIONS, {"type": "nonsense"})
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")


def test_a_cursor_belongs_to_its_filter(app: APIClient, user: User, give_points: Callable[..., None]) -> None:
    for _ in range(2):
        give_points(user, 10)
    cursor = app.get(TRANSACTIONS, {"limit": 1}).json()["next_cursor"]
    assert app.get(TRANSACTIONS, {"limit": 1, "cursor": cursor}).status_code == 200
    assert app.get(TRANSACTIONS, {"type": "promo", "cursor": cursor}).json()["code"] == "invalid_cursor"
    assert app.get("/api/v1/orders", {"cursor": cursor}).json()["code"] == "invalid_cursor"


def test_a_cursor_is_good_whatever_else_the_query_holds(
    app: APIClient, user: User, give_points: Callable[..., None]
) -> None:
    for _ in range(2):
        give_points(user, 100)
    query = {"limit": "1", "since": "2026-01-01T00:00:00Z"}
    cursor = app.get(TRANSACTIONS, query | {"_": "1"}).json()["next_cursor"]
    same_moment = {"since": "2026-01-01T01:00:00+01:00", "_": "2", "cursor": cursor}
    assert app.get(TRANSACTIONS, query | same_moment).status_code == 200


def test_pages_have_no_gap_and_no_double_while_rows_arrive(
    app: APIClient, user: User, give_points: Callable[..., None]
) -> None:
    for _ in range(7):
        give_points(user, 10)
    wanted = [row["id"] for row in app.get(TRANSACTIONS).json()["items"]]
    seen: list[str] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        page = app.get(TRANSACTIONS, {"limit": 2, "cursor": page["next_cursor"]}).json()
        seen += [row["id"] for row in page["items"]]
        give_points(user, 1)
    assert [one for one in seen if one in wanted] == wanted
    assert len(seen) == len(set(seen))


def test_a_page_takes_as_many_queries_however_long_it_is(
    app: APIClient, user: User, give_points: Callable[..., None]
) -> None:
    counts = []
    for rows in (1, 30):
        for _ in range(rows):
            give_points(user, 1)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            app.get(TRANSACTIONS, {"limit": 100})
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_others_see_nothing_of_it(
    user: User, give_points: Callable[..., None], new_device: Callable[[], Device]
) -> None:
    give_points(user, 100)
    stranger = app_of(new_device())
    assert stranger.get(TRANSACTIONS).json()["items"] == []
    assert stranger.get(BALANCE).json()["balance"] == 0


@pytest.mark.django_db
def test_packages_are_those_of_the_catalogue(anonymous: APIClient) -> None:
    items = anonymous.get("/api/v1/points/packages").json()["items"]
    assert {item["id"]: item["points"] for item in items} == {
        "points_1000": 1000,
        "points_3000": 3000,
        "points_10000": 10000,
    }


def test_the_balance_tells_which_points_end_next(app: APIClient, user: User) -> None:
    end = timezone.now() + timedelta(days=3)
    for days, amount in ((3, 20), (9, 50)):
        ledger.credit(
            user.id,
            amount,
            kind=ledger.Kind.PROMO,
            bucket=Bucket.GRANTED,
            reference=f"gift:{days}",
            title="A gift",
            expires_at=timezone.now() + timedelta(days=days),
        )
    next_expiry = app.get(BALANCE).json()["next_expiry"]
    assert (next_expiry["amount"], next_expiry["at"][:16]) == (20, end.isoformat()[:16])


def test_transactions_by_direction_and_time(app: APIClient, user: User, give_points: Callable[..., None]) -> None:
    give_points(user, 300)
    ledger.charge(user.id, 200, reference="emoji_task:5", title="Emoji: Happy")

    def amounts(**wanted: str) -> list[int]:
        return [row["amount"] for row in app.get(TRANSACTIONS, wanted).json()["items"]]

    assert amounts(direction="credit") == [300]
    assert amounts(direction="debit") == [-200]
    assert amounts(since="2036-01-01T00:00:00Z") == []
    assert amounts(until="2036-01-01T00:00:00Z") == [-200, 300]
    assert app.get(TRANSACTIONS, {"since": "yesterday"}).status_code == 422


def test_one_transaction_is_its_owners_alone(
    app: APIClient, user: User, give_points: Callable[..., None], new_device: Callable[[], Device]
) -> None:
    give_points(user, 300)
    row = app.get(TRANSACTIONS).json()["items"][0]
    assert app.get(f"{TRANSACTIONS}/{row['id']}").json() == row
    stranger = app_of(new_device()).get(f"{TRANSACTIONS}/{row['id']}")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "transaction_not_found")


class TestRewards:
    def test_who_is_no_vip_can_expect_nothing(self, app: APIClient) -> None:
        weekly = app.get("/api/v1/points/rewards").json()["weekly"]
        assert (weekly["eligible"], weekly["amount"], weekly["last"]) == (False, 0, None)

    @pytest.mark.parametrize(("days", "eligible", "amount"), [(6, False, 0), (8, True, 2000)])
    def test_who_is_vip_until_then_or_longer_can_expect_it(
        self, device: Device, days: int, eligible: bool, amount: int
    ) -> None:
        sunday = datetime(2026, 11, 29, tzinfo=UTC)
        vip.write(device.user_id, Vip(sunday + timedelta(days=days)))
        with at(sunday + timedelta(hours=13)):
            weekly = app_of(device).get("/api/v1/points/rewards").json()["weekly"]
        assert (weekly["eligible"], weekly["amount"]) == (eligible, amount)

    def test_anothers_reward_is_not_told(self, app: APIClient, new_device: Callable[[], Device]) -> None:
        vip.write(new_device().user_id, Vip(is_lifetime=True))
        tasks.grant_weekly_reward()
        assert app.get("/api/v1/points/rewards").json()["weekly"]["last"] is None

    def test_a_vip_sees_the_next_and_the_last(self, device: Device) -> None:
        vip.write(device.user_id, Vip(is_lifetime=True))
        with at("2026-11-29T13:00:00Z"):
            tasks.grant_weekly_reward()
            weekly = app_of(device).get("/api/v1/points/rewards").json()["weekly"]
        assert weekly == {
            "eligible": True,
            "amount": 3000,
            "next_at": "2026-12-06T00:00:00.000Z",
            "last": {"week": "2026-W48", "amount": 3000},
        }


def test_a_page_among_many_users_rows_is_read_by_its_index(
    app: APIClient, user: User, new_device: Callable[[], Device]
) -> None:
    users = [user.id, *(new_device().user.id for _ in range(49))]
    # Triggers would look at each row by a plan of a table that is still empty.
    with past_the_ledger() as cursor:
        cursor.execute(TWO_THOUSAND_ROWS_EACH, [users])
        cursor.execute("ANALYZE points_pointtransaction")
    with CaptureQueriesContext(connection) as queries:
        page = app.get(TRANSACTIONS, {"limit": 100}).json()
        app.get(TRANSACTIONS, {"limit": 100, "cursor": page["next_cursor"]})
    pages = [query["sql"] for query in queries if "points_pointtransaction" in query["sql"]]
    assert (len(page["items"]), len(pages)) == (100, 2)
    for page_query in pages:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {page_query}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Index Scan using transactions_of_a_user" in plan
        assert "Sort" not in plan


def test_packages_are_not_sent_again_to_who_has_them(anonymous: APIClient, db: None) -> None:
    first = anonymous.get("/api/v1/points/packages")
    assert first["Cache-Control"] == "public, max-age=300"
    again = anonymous.get("/api/v1/points/packages", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "", "1.5", "1" * 5000])
def test_a_page_has_one_to_a_hundred_rows(app: APIClient, limit: str) -> None:
    answer = app.get(TRANSACTIONS, {"limit": limit})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "limit")
