"""Staff read an event as it came, and have it processed again as often as they like."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.billing import effects
from apps.billing.models import RevenueCatEvent
from apps.points import ledger
from apps.remoteconfig.models import PointsPack
from tests.audit_log import written
from tests.billing.conftest import pack


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def unmatched(user: User, send_event: Callable[..., Any]) -> RevenueCatEvent:
    """A pack of a product that was not in the catalogue then."""
    send_event("NON_RENEWING_PURCHASE", **pack(user, product_id="points_new"))
    PointsPack.objects.create(product_id="points_new", points=700)
    return RevenueCatEvent.objects.get()


def process(desk: Client, event: RevenueCatEvent) -> Any:
    return desk.post(f"/admin/events/{event.id}/process/", {"reason": "The product is known now"})


def test_an_event_is_processed_again_and_again_with_one_effect(
    desk: Client, user: User, unmatched: RevenueCatEvent
) -> None:
    for _ in range(2):
        assert process(desk, unmatched).status_code == 302
    assert ledger.balance(user.id) == 700
    told = written()
    assert [(deed.action, deed.reason) for deed in told] == [("event.process", "The product is known now")] * 2
    before, after = told[0].before or {}, told[0].after or {}
    assert (before["outcome"], after["outcome"]) == ("unmatched", "applied")


def test_one_that_fails_again_says_so_and_is_written_down(
    desk: Client, unmatched: RevenueCatEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(effects, "apply", breaks)
    assert "It failed again: ValueError." in process(desk, unmatched).content.decode()
    [told] = written()
    before, after = told.before or {}, told.after or {}
    assert (told.action, before["outcome"], after["outcome"]) == ("event.process", "unmatched", "failed")


def test_the_page_shows_the_body_laid_out_and_whole(desk: Client, unmatched: RevenueCatEvent) -> None:
    answer = desk.get(f"/admin/billing/revenuecatevent/{unmatched.id}/change/")
    page = answer.content.decode()
    assert "&quot;product_id&quot;: &quot;points_new&quot;,\n" in page
    assert f"/admin/events/{unmatched.id}/process/" in page


def test_staff_find_what_failed(desk: Client, unmatched: RevenueCatEvent) -> None:
    found = desk.get("/admin/billing/revenuecatevent/", {"outcome__exact": "unmatched"}).context["cl"].result_list
    assert [event.id for event in found] == [unmatched.id]


def test_it_is_for_those_who_may(client: Client, unmatched: RevenueCatEvent) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    client.force_login(clerk)
    assert process(client, unmatched).status_code == 403
