"""Each kind of id leads to what it names, by an index, for who may see it."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client, RequestFactory

from apps.accounts import device_login
from apps.accounts.models import Device, User
from apps.accounts.shown_device import ShownDevice
from apps.backoffice import find
from apps.billing.models import CustomerAlias, Order, RevenueCatEvent, Subscription
from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from apps.staff import known_values_filter
from tests.billing.conftest import pack, period

COLUMNS = [(label, name) for label, names in find.NAMES.items() for name in names]
A_UUID = "6d1c1d5e-0000-4000-8000-000000000000"


@pytest.fixture
def request_of(rf: RequestFactory, staff: User) -> Any:
    request = rf.get("/")
    request.user = staff
    return request


@pytest.fixture
def bought(user: User, task: EmojiTask, send_event: Callable[..., Any]) -> User:
    send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id="store-1"))
    send_event("INITIAL_PURCHASE", **period(user))
    EmojiTask.objects.update(provider_task_id="provider-1")
    CustomerAlias.objects.create(user=user, name="another-name")
    return user


def names(user: User, device: Device) -> dict[str, tuple[type[Any], str]]:
    """A kind of id, what it finds, and it."""
    order, event = Order.objects.get(kind="points"), RevenueCatEvent.objects.latest("id")
    row, line = PointTransaction.objects.latest("id"), Subscription.objects.get()
    return {
        "user": (User, str(user.id)),
        "billing id": (User, str(user.billing_user_id)),
        "billing id in capitals": (User, str(user.billing_user_id).upper()),
        "device": (Device, str(device.id)),
        "device tail": (Device, device.device_id_tail),
        "row of the ledger": (PointTransaction, str(row.id)),
        "reference": (PointTransaction, row.reference),
        "task": (EmojiTask, str(EmojiTask.objects.get().id)),
        "task at the provider": (EmojiTask, "provider-1"),
        "order": (Order, str(order.id)),
        "transaction of the store": (Order, "store-1"),
        "line of purchases": (Subscription, line.original_transaction_id),
        "event": (RevenueCatEvent, event.event_id),
        "alias": (CustomerAlias, "another-name"),
    }


def test_each_kind_of_id_finds_what_it_names(bought: User, device: Device, request_of: Any) -> None:
    missed = [
        kind
        for kind, (model, term) in names(bought, device).items()
        if not any(isinstance(hit.row, model) for hit in find.hits(request_of, term))
    ]
    assert missed == []


@pytest.mark.django_db
def test_a_phone_is_found_by_its_whole_id_which_is_not_kept(request_of: Any) -> None:
    shown = ShownDevice("phone-of-somebody-1", "pkd1_" + secrets.token_urlsafe(32), "ios", "1.0.0")
    device = device_login.log_in(shown).device
    assert [hit.row for hit in find.hits(request_of, "phone-of-somebody-1")] == [device]


@pytest.mark.django_db
@pytest.mark.parametrize(("label", "name"), COLUMNS)
def test_every_name_is_looked_up_in_an_index(label: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "NAMES", {label: (name,)})
    monkeypatch.setattr(known_values_filter, "values_of", lambda _: ["APP_STORE", "PLAY_STORE"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = [rows.explain() for rows in find.look_ups(label, A_UUID if name == "billing_user_id" else "123")]
    assert plans
    assert [plan for plan in plans if "Index Cond" not in plan or "Seq Scan" in plan] == []


@pytest.mark.django_db
@pytest.mark.parametrize("term", ["", " ", "nobody", "0", "9" * 30, "%", "\x00", "'; --", "é" * 500])
def test_what_names_nothing_finds_nothing(client: Client, staff: User, term: str) -> None:
    client.force_login(staff)
    answer = client.get("/admin/find/", {"q": term})
    assert (answer.status_code, answer.context["hits"]) == (200, [])


def test_what_is_found_alone_is_opened(client: Client, staff: User, user: User) -> None:
    client.force_login(staff)
    answer = client.get("/admin/find/", {"q": f" {user.billing_user_id} "})
    assert answer["Location"] == f"/admin/accounts/user/{user.id}/change/"


def test_a_list_is_shown_of_what_shares_a_name(client: Client, staff: User, bought: User) -> None:
    client.force_login(staff)
    page = client.get("/admin/find/", {"q": "store-1"}).content.decode()
    assert f"/admin/billing/order/{Order.objects.get(kind='points').id}/change/" in page
    assert "/admin/billing/revenuecatevent/" in page


def test_nobody_finds_what_they_may_not_see(client: Client, user: User) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)
    assert client.get("/admin/find/", {"q": str(user.id)}).context["hits"] == []
