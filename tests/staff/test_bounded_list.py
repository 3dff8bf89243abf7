"""Lists stay quick with millions of rows: counted up to a number, searched and sorted by index, and never for long."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import OperationalError, connection
from django.db.models import Q
from django.test import Client

from apps.accounts.models import User
from apps.billing.models import RevenueCatEvent
from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from apps.staff import bounded_list
from apps.staff.bounded_list import AtLeast, BoundedPaginator, condition, indexed_fields
from tests.staff.conftest import enrolled

USERS = "/admin/accounts/user/"


@pytest.fixture
def desk(staff: User) -> Client:
    browser = Client()
    enrolled(browser, staff)
    return browser


@pytest.mark.parametrize("model", [User, EmojiTask, PointTransaction, RevenueCatEvent])
def test_no_list_counts_or_sorts_a_whole_table(desk: Client, model: Any, django_assert_max_num_queries: Any) -> None:
    page: Any = admin.site._registry[model]
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    with django_assert_max_num_queries(15) as queries:
        assert desk.get(address).status_code == 200
    counting = [query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT COUNT(")]
    assert all("LIMIT 10001" in sql for sql in counting)
    sortable = page.get_sortable_by(None)
    assert set(sortable) <= indexed_fields(model)


def test_an_address_sorts_by_no_column_without_an_index(desk: Client, user: User) -> None:
    """The number in it counts the columns shown, after the one of the boxes."""
    sorted_by = [desk.get(USERS, {"o": number}).context["cl"].queryset.query.order_by for number in ("1", "2")]
    assert sorted_by == [("id",), ("-pk",)]


@pytest.mark.parametrize(
    "address",
    [
        "accounts/user/?username=boss&password__startswith=argon2",
        "accounts/user/?nickname__regex=a",
        "accounts/device/?secret_sha256__isnull=0",
        "staff/secondfactor/?secret__isnull=0",
        "emoji/emojitask/?error_code=%00",
    ],
)
def test_no_address_filters_by_what_its_page_does_not_offer(desk: Client, user: User, address: str) -> None:
    assert desk.get(f"/admin/{address}").status_code == 400


def test_an_address_filters_by_what_its_page_offers(desk: Client, staff: User, user: User) -> None:
    for address in ("?is_staff__exact=1", "?is_staff=True&_to_field=id&_popup=1"):
        assert list(desk.get(f"{USERS}{address}").context["cl"].queryset) == [staff]
    assert desk.get("/admin/accounts/device/?revoked_at__isempty=1").context["cl"].result_count == 1


def test_more_than_can_be_counted_says_so(desk: Client, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_list, "MOST_COUNTED", 2)
    for name in "abc":
        User.objects.create_user(nickname=name)
    one = User.objects.filter(pk=staff.pk).order_by("id")
    paginator = BoundedPaginator(User.objects.order_by("id"), 50)
    assert (paginator.count, str(paginator.count), paginator.num_pages) == (2, "2+", 1)
    assert "2+ users" in desk.get(USERS).content.decode()
    assert isinstance(BoundedPaginator(one, 50).count, int)
    assert not isinstance(BoundedPaginator(one, 50).count, AtLeast)


@pytest.mark.parametrize(
    ("field", "term", "expected"),
    [
        ("=id", "42", Q(id=42)),
        ("=id", "4x2", None),
        ("=id", str(2**63), None),
        ("=id", "1" * 5_000, None),
        ("=id", "\uff14\uff12", None),
        ("=user__id", "42", Q(user__id=42)),
        ("=provider_task_id", "Ab-1", Q(provider_task_id="Ab-1")),
        ("error_code", "bad", Q(error_code__icontains="bad")),
        ("error_raw__startswith", "bad", Q(error_raw__startswith="bad")),
    ],
)
def test_a_term_is_looked_for_where_it_can_be(field: str, term: str, expected: Q | None) -> None:
    assert condition(EmojiTask, field, term) == expected


def test_a_search_finds_by_any_of_its_fields(desk: Client, user: User) -> None:
    for term in (str(user.id), str(user.billing_user_id)):
        assert str(user.id) in desk.get(USERS, {"q": term}).content.decode()
    assert desk.get(USERS, {"q": "nobody"}).context["cl"].result_count == 0


@pytest.mark.django_db(transaction=True)
def test_a_list_that_takes_too_long_is_given_up(desk: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_list, "STATEMENT_TIMEOUT_MS", 50)
    page: Any = admin.site._registry[User]
    slow = User.objects.extra(where=["pg_sleep(0.2) IS NOT NULL"])
    monkeypatch.setattr(page, "get_queryset", lambda request: slow)
    answer = desk.get(USERS, {"q": str(user.id)}, follow=False)
    assert (answer.status_code, answer["Location"]) == (302, USERS)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("15s",)
    with pytest.raises(OperationalError):
        desk.get(USERS)
