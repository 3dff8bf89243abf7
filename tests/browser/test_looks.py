"""Pages that staff use, as they look: nothing hangs over, nothing breaks, nothing comes from another host."""

import hashlib
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.contrib.auth.models import Group
from django.utils import timezone
from django_celery_beat.schedulers import ModelEntry
from playwright.sync_api import Page

from apps.accounts.models import User
from apps.backoffice.models import DailyFigures
from apps.billing.models import RevenueCatEvent
from apps.core.models import InvariantRun
from apps.emoji import backends, mock_clip, photos
from apps.emoji.models import EmojiTask, TaskReport
from apps.points import four_eyes
from apps.points.ledger import Bucket
from apps.remoteconfig import live, overrides
from apps.remoteconfig.models import ConfigRevision, PointsPack
from apps.remoteconfig.overrides import Author, Change
from apps.staff import audit, letters
from apps.staff.models import Letter, Mailbox
from tests.billing.conftest import pack, period
from tests.browser.conftest import WIDTHS, show
from tests.conftest import happy_template

Look = Callable[[str, str], None]
# What WCAG asks of a text of usual size.
LEAST_CONTRAST = 4.5
# Of each badge and note: what it says, and the contrast to what is painted below it.
CONTRASTS = """() => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const luminance = layers => {
    for (const layer of layers) { pen.fillStyle = layer; pen.fillRect(0, 0, 1, 1); }
    const [red, green, blue] = [...pen.getImageData(0, 0, 1, 1).data].map(part => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return [...document.querySelectorAll(".bo-badge, .bo-note")].map(one => {
    const below = [];
    for (let at = one; at; at = at.parentElement) below.unshift(getComputedStyle(at).backgroundColor);
    const paper = luminance(below), ink = luminance([...below, getComputedStyle(one).color]);
    return [one.textContent.trim(), (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05)];
  });
}"""
LINES_OF_MOMENTS = """() => [...document.querySelectorAll("#result_list .nowrap")].map(cell => {
  const words = document.createRange();
  words.selectNodeContents(cell);
  return new Set([...words.getClientRects()].map(line => line.top)).size;
})"""
RIGHT_EDGE = "document.querySelector('#result_list').getBoundingClientRect().right"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff_member(db: None) -> User:
    return User.objects.create_user("ann", "a-long-password-here", is_staff=True)


@pytest.fixture
def busy_weeks() -> None:
    chance, today = random.Random(7), timezone.now().date()
    for back in range(1, 90):
        DailyFigures.objects.create(
            day=today - timedelta(days=back),
            tasks={"succeeded": chance.randint(700, 1900), "failed": chance.randint(5, 90), "canceled": 20},
            points={
                "purchase": [40, chance.randint(100_000, 400_000)],
                "spend": [1500, -chance.randint(150_000, 380_000)],
                "refund": [9, 1800],
            },
            sales=[sale("points_1000", "USD", 99), sale("points_1000", "CNY", 20), sale("vip_weekly", "EUR", 31)],
            refunds=[sale("points_1000", "USD", 1)],
            counted_at=timezone.now(),
        )


@pytest.fixture
def made(task: EmojiTask, portrait: bytes, live_server: Any, settings: Any) -> EmojiTask:
    """Has succeeded; photo and clip are in the store, and its user's avatar."""
    settings.PUBLIC_BASE_URL = live_server.url
    backends.forget()
    store, clip = backends.photo_store(), mock_clip.draw(portrait, (200, 200, 600, 600), task.template.driven_id)
    store.write("photos/1/1.jpg", portrait, content_type="image/jpeg")
    store.write("results/1.webp", clip, content_type="image/webp")
    store.write("avatars/1.jpg", photos.small_square(portrait), content_type="image/jpeg")
    User.objects.filter(id=task.user_id).update(avatar_key="avatars/1.jpg")
    result = {"result_key": "results/1.webp", "result_content_type": "image/webp", "result_size": len(clip)}
    EmojiTask.objects.update(
        status="succeeded",
        photo_key="photos/1/1.jpg",
        completed_at=timezone.now(),
        result_sha256=hashlib.sha256(clip).hexdigest(),
        **result,
    )
    return task


def sale(product: str, currency: str, orders: int) -> dict[str, Any]:
    price = f"{orders * 4.99:.2f}"
    return {
        "product_id": product,
        "environment": "PRODUCTION",
        "currency": currency,
        "orders": orders,
        "price": price,
    }


def test_the_dashboard(look: Look, task: EmojiTask, busy_weeks: None) -> None:
    InvariantRun.objects.create(checked=[], broken={}, took_ms=5)
    look("/admin/?days=90", "dashboard")


def test_lists_and_forms(look: Look, user: User) -> None:
    audit.record(None, "user.suspension", user, reason="Sold fake points")
    look("/admin/accounts/user/", "users")
    look("/admin/find/?q=nobody", "find")
    look("/admin/staff/staffaction/", "audit-log")
    look("/admin/second-factor/own/", "own-second-factor")
    look(f"/admin/auth/group/{Group.objects.get(name='support').pk}/change/", "group")
    look(f"/admin/accounts/user/{user.id}/change/", "user")
    look(f"/admin/points/userpoints/adjust/{user.id}/", "adjust")
    look(f"/admin/accounts/user/{user.id}/suspension/", "suspend")


def test_what_is_sold_and_configured(look: Look, staff_member: User) -> None:
    values = live.snapshot().values
    packs = {**values["points_packs"], "points_3000": 3500}
    for key, now, value in (
        ("points_rules.emoji", 200, 150),
        ("points_packs", values["points_packs"], packs),
    ):
        overrides.apply(Change(key, now, value, {"value": value}, 0, values), Author(staff_member.id, "Autumn sale"))
    revision = ConfigRevision.objects.get(key="points_packs")
    look("/admin/remoteconfig/configrevision/", "config")
    look(f"/admin/remoteconfig/configrevision/{revision.id}/change/", "config-change")
    look(f"/admin/remoteconfig/configrevision/undo/{revision.id}/", "config-undo")
    look("/admin/remoteconfig/configrevision/set/points_rules.emoji/", "set-value")
    pack = PointsPack.objects.create(product_id="points_500", points=500)
    look("/admin/remoteconfig/pointspack/", "packs")
    look(f"/admin/remoteconfig/pointspack/{pack.id}/change/", "pack")
    look("/admin/remoteconfig/subscriptionproduct/add/", "product")
    template = happy_template()
    look("/admin/emoji/emojitemplate/", "templates")
    look(f"/admin/emoji/emojitemplate/{template.id}/change/", "template")


def test_schedules(look: Look, settings: Any) -> None:
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        ModelEntry.from_entry(name, app=current_app, **entry)
    look("/admin/django_celery_beat/periodictask/", "schedules")
    look("/admin/django_celery_beat/periodictask/add/", "schedule")


def test_a_list_shows_all_its_columns_and_breaks_no_day_in_two(page: Page, settings: Any) -> None:
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        ModelEntry.from_entry(name, app=current_app, **entry)
    show(page, "/admin/django_celery_beat/periodictask/", WIDTHS["desk"], "light")
    lines = page.evaluate(LINES_OF_MOMENTS)
    assert len(lines) >= len(settings.CELERY_BEAT_SCHEDULE)
    assert max(lines) <= 2
    assert page.evaluate(RIGHT_EDGE) <= WIDTHS["desk"]


def test_a_list_that_begins_with_a_moment_breaks_no_day_in_two(page: Page, user: User) -> None:
    audit.record(None, "user.suspension", user, reason="Sold fake points " * 20)
    show(page, "/admin/staff/staffaction/", WIDTHS["desk"], "light")
    assert max(page.evaluate(LINES_OF_MOMENTS)) == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_badges_and_notes_say_can_be_read(
    page: Page, user: User, made: EmojiTask, send_event: Callable[..., Any], theme: str
) -> None:
    send_event("INITIAL_PURCHASE", **period(user))
    User.objects.filter(id=user.id).update(is_active=False)
    show(page, f"/admin/accounts/user/{user.id}/change/?pictures", WIDTHS["desk"], theme)
    contrasts = dict(page.evaluate(CONTRASTS))
    assert {"VIP", "sandbox", "not active", "succeeded"} <= set(contrasts)
    assert {words: found for words, found in contrasts.items() if found < LEAST_CONTRAST} == {}


def test_a_large_adjustment(look: Look, user: User, staff_member: User, give_points: Callable[..., None]) -> None:
    give_points(user, 300)
    pending, _ = four_eyes.ask(
        user.id,
        20_000,
        bucket=Bucket.GRANTED,
        staff_id=staff_member.id,
        reason="Lost a week of VIP",
        token=uuid4(),
    )
    look("/admin/points/pendingadjustment/", "pending-adjustments")
    look(f"/admin/points/pendingadjustment/{pending.id}/decide/", "decide")
    look("/admin/find/?q=" + user.devices.get().device_id_tail, "found")


def test_mail_to_staff(look: Look, staff_member: User) -> None:
    mailbox = Mailbox.objects.create(staff=staff_member, address="ann@staff.example")
    letters.tell_owner(staff_member.id, "Your password was changed")
    look("/admin/staff/letter/", "letters")
    look(f"/admin/staff/letter/{Letter.objects.get().id}/change/", "letter")
    look("/admin/staff/mailbox/", "mailboxes")
    look(f"/admin/staff/mailbox/{mailbox.id}/change/", "mailbox")


def test_a_person_and_what_they_made(
    look: Look, user: User, made: EmojiTask, send_event: Callable[..., Any], give_points: Callable[..., None]
) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    send_event("INITIAL_PURCHASE", **period(user))
    report = TaskReport.objects.create(user=user, task=made, reason="not_me", note="This is my brother")
    look(f"/admin/accounts/user/{user.id}/change/?pictures", "person")
    look(f"/admin/people/{user.id}/do/delete/", "delete")
    look(f"/admin/devices/{user.devices.get().id}/do/lock-out/", "lock-out")
    look(f"/admin/emoji/emojitask/{made.id}/change/?pictures", "task")
    look(f"/admin/tasks/{made.id}/do/refund/", "refund")
    look(f"/admin/reports/{report.id}/", "report")
    look("/admin/emoji/taskreport/", "reports")
    look(f"/admin/billing/revenuecatevent/{RevenueCatEvent.objects.all()[0].id}/change/", "event")
    look("/admin/billing/revenuecatevent/", "events")
