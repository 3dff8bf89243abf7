"""Staff look at what came, and have it processed again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.billing import admin as billing_admin
from apps.billing import event_search
from apps.billing.models import RevenueCatEvent
from apps.points import ledger
from apps.remoteconfig.models import PointsPack
from tests.billing.conftest import pack

LIST = "/admin/billing/revenuecatevent/"


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def process_again(desk: Client, event: RevenueCatEvent) -> Any:
    return desk.post(LIST, {"action": "process_again", "_selected_action": [event.id]}, follow=True)


def test_an_event_is_processed_again_and_it_is_written_down_by_whom(
    desk: Client, staff: User, user: User, send_event: Callable[..., Any]
) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user, product_id="points_new"))
    PointsPack.objects.create(product_id="points_new", points=700)
    event = RevenueCatEvent.objects.get()
    for _ in range(2):
        assert b"applied" in process_again(desk, event).content
    assert ledger.balance(user.id) == 700
    assert LogEntry.objects.filter(user=staff, object_id=event.id).count() == 2


def test_staff_are_told_of_events_that_are_too_many_at_once(
    desk: Client, user: User, send_event: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing_admin, "MOST_AT_ONCE", 2)
    for number in range(3):
        send_event("NON_RENEWING_PURCHASE", **pack(user, product_id=f"points_new_{number}"))
    chosen = {"action": "process_again", "_selected_action": [event.id for event in RevenueCatEvent.objects.all()]}
    told = b"More were chosen. The oldest 2 were processed"
    assert told in desk.post(LIST, chosen, follow=True).content
    assert sorted(RevenueCatEvent.objects.values_list("attempts", flat=True)) == [1, 2, 2]
    chosen["_selected_action"] = chosen["_selected_action"][:2]
    assert told not in desk.post(LIST, chosen, follow=True).content


def test_staff_who_may_only_look_cannot_process(client: Client, user: User, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user, product_id="points_new"))
    looker = User.objects.create_user("looker", "a-long-password-here", is_staff=True)
    looker.user_permissions.set(permissions("view_revenuecatevent"))
    client.force_login(looker)
    PointsPack.objects.create(product_id="points_new", points=700)
    process_again(client, RevenueCatEvent.objects.get())
    assert ledger.balance(user.id) == 0


def test_the_body_is_shown_as_it_came(desk: Client, user: User, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    page = desk.get(f"{LIST}{RevenueCatEvent.objects.get().id}/change/").content.decode()
    assert "api_version" in page


def test_the_list_counts_by_type_and_outcome(desk: Client, user: User, send_event: Callable[..., Any]) -> None:
    for _ in range(3):
        send_event("NON_RENEWING_PURCHASE", **pack(user, id="E-1"))
    page = desk.get(LIST)
    (count,) = page.context["event_counts"]
    assert (count.type, count.outcome, count.events, count.duplicates) == ("NON_RENEWING_PURCHASE", "applied", 1, 2)


def found(desk: Client, term: str) -> list[str]:
    return [event.event_id for event in desk.get(LIST, {"q": term}).context["cl"].result_list]


def test_events_are_found_by_any_id_that_they_speak_of(
    desk: Client, user: User, send_event: Callable[..., Any]
) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user, id="E-1", transaction_id="T-1", original_transaction_id="T-0"))
    send_event("NON_RENEWING_PURCHASE", **pack(user, id="E-2", transaction_id="T-2"))
    stranger = {"app_user_id": "stranger", "original_app_user_id": "stranger", "aliases": ["stranger", "her-alias"]}
    send_event("NON_RENEWING_PURCHASE", **pack(user, id="E-3", transaction_id="T-3", **stranger))
    for term in ("E-1", "T-1", "T-0"):
        assert found(desk, term) == ["E-1"], term
    for term in (str(user.id), str(user.billing_user_id)):
        assert found(desk, term) == ["E-2", "E-1"], term
    for term in ("stranger", "her-alias"):
        assert found(desk, term) == ["E-3"], term
    assert found(desk, "nobody") == []
    assert len(found(desk, " ")) == 3


def test_a_search_walks_through_no_table(send_event: Callable[..., Any], user: User) -> None:
    """As PostgreSQL plans it when walking costs."""
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = RevenueCatEvent.objects.filter(event_search.condition(str(user.id))).explain()
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("model", ["subscription", "order", "customeralias"])
def test_every_list_opens(desk: Client, vip: User, model: str) -> None:
    assert desk.get(f"/admin/billing/{model}/").status_code == 200


def permissions(*names: str) -> Any:
    return Permission.objects.filter(codename__in=names)
