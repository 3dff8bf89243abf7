"""What came from outside is shown as text on every page: nothing of it runs, whatever field it was put into."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from apps.accounts import suspension
from apps.accounts.models import Device, User
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.emoji.models import EmojiTask, TaskReport
from apps.points.models import PointTransaction
from tests.billing.conftest import pack, period
from tests.browser.conftest import WIDTHS, overhang

ENDLESS = "x" * 500
HOSTILE = "\"'><img src=x onerror=hurt()><script>hurt()</script>{{7*7}}"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hostile(device: Device, task: EmojiTask, send_event: Callable[..., Any]) -> User:
    """Somebody who, like their provider and their store, says nothing else."""
    user = device.user
    User.objects.filter(id=user.id).update(nickname=HOSTILE[:64])
    suspension.suspend(user.id, HOSTILE, None)
    Device.objects.update(device_model=HOSTILE[:64], app_version=HOSTILE[:32], platform=HOSTILE[:16])
    said = {"error_code": HOSTILE[:40], "error_raw": HOSTILE, "provider_task_id": HOSTILE}
    EmojiTask.objects.update(status="failed", completed_at=timezone.now(), **said)
    TaskReport.objects.create(user=user, task=task, reason="wrong", note=HOSTILE)
    send_event("NON_RENEWING_PURCHASE", **pack(user, presented_offering_id=HOSTILE))
    send_event("INITIAL_PURCHASE", **period(user, country_code=HOSTILE, new_product_id=HOSTILE))
    RevenueCatEvent.objects.update(reason=HOSTILE[:200], app_user_id=HOSTILE[:100], product_id=HOSTILE[:100])
    return user


def pages(user: User) -> list[str]:
    """Each list and each page that shows something of it."""
    rows: list[Any] = [user]
    for model in (Device, EmojiTask, TaskReport, RevenueCatEvent, Order, Subscription, PointTransaction):
        rows += model._default_manager.all()[:1]
    lists = {f"/admin/{row._meta.app_label}/{row._meta.model_name}/" for row in rows}
    ones = [f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/" for row in rows]
    report = TaskReport.objects.get()
    own = [
        f"/admin/accounts/user/{user.id}/change/?pictures",
        f"/admin/reports/{report.id}/",
        "/admin/find/?q=%3Cimg%20src=x%3E",
        "/admin/",
    ]
    return [*sorted(lists), *ones, *own, f"/admin/accounts/user/{user.id}/suspension/"]


def test_nothing_that_came_from_outside_runs(page: Page, hostile: User, foreign: list[str]) -> None:
    hurt: list[str] = []
    page.expose_function("hurt", lambda: hurt.append(page.url))
    page.on("dialog", lambda dialog: hurt.append(dialog.message))
    for address in pages(hostile):
        answer = page.goto(address)
        assert answer
        assert answer.ok, address
        assert page.locator("img[src=x]").count() == 0, address
    assert hurt == []


def test_a_word_without_end_stays_inside_its_page(page: Page, hostile: User) -> None:
    User.objects.filter(id=hostile.id).update(nickname=ENDLESS[:64], suspension_reason=ENDLESS)
    EmojiTask.objects.update(error_raw=ENDLESS, error_code=ENDLESS[:40])
    TaskReport.objects.update(note=ENDLESS)
    RevenueCatEvent.objects.update(reason=ENDLESS[:200], app_user_id=ENDLESS[:100])
    wide = []
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        for address in pages(hostile):
            page.goto(address)
            wide += [f"{address} by {over} at {width}" for over in [overhang(page)] if over > 0]
    assert wide == []
