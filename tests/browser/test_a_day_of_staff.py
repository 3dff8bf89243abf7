"""What a member of staff does in a day, in a real browser, from the login on."""

import base64
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from apps.accounts.models import Device, User
from apps.backoffice.models import DailyFigures
from apps.billing.models import RevenueCatEvent
from apps.emoji.models import EmojiTask
from apps.points import ledger
from apps.points.models import PointTransaction
from apps.remoteconfig.models import PointsPack
from apps.staff import totp
from tests.audit_log import actions
from tests.billing.conftest import pack
from tests.browser.conftest import PICTURES, WIDTHS, overhang

PASSWORD = "a-long-password-here"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def second_factor_given() -> None:
    """Nothing is given here: the first factor is typed, and so is the second."""


@pytest.fixture
def desk(window: BrowserContext, transactional_db: None) -> Page:
    """Logged in by both factors, on the first page."""
    User.objects.create_superuser("boss", PASSWORD)
    page = window.new_page()
    page.goto("/admin/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill(PASSWORD)
    picture(page, "login")
    page.get_by_role("button", name="Log in").click()
    picture(page, "second-factor")
    page.get_by_label("Code").fill(code_for(page.locator("code").inner_text()))
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".bo-codes li")).to_have_count(10)
    picture(page, "recovery-codes")
    page.get_by_role("link", name="I have kept them").click()
    return page


def code_for(secret: str) -> str:
    """What the authenticator app shows that was given this secret."""
    padded = secret + "=" * (-len(secret) % 8)
    return totp.code_at(base64.b32decode(padded), totp.step_at(time.time()))


def picture(page: Page, name: str) -> None:
    """As it stands, at each width."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width_name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=PICTURES / f"{name}-{width_name}.png", full_page=True)
        assert overhang(page) <= 0, f"{name} is too wide for {width} px"
    page.set_viewport_size({"width": WIDTHS["desk"], "height": 900})


def find(page: Page, term: str) -> None:
    page.goto("/admin/")
    page.get_by_label("Find by any id").fill(term)
    page.get_by_role("button", name="Find").click()


def test_a_user_is_found_by_billing_id_and_two_clicks_adjust_points_once(desk: Page, device: Device) -> None:
    user = device.user
    find(desk, str(user.billing_user_id))
    expect(desk.locator("#person-who")).to_contain_text(str(user.id))
    desk.get_by_role("link", name="Adjust points").click()
    desk.get_by_label("Amount").fill("500")
    desk.get_by_label("Reason").fill("The clip was broken")
    desk.get_by_role("button", name="Adjust points").dblclick()
    expect(desk.locator("#person-points")).to_contain_text("500 granted")
    assert [row.amount for row in PointTransaction.objects.all()] == [500]
    assert actions().count("points.adjustment.made") == 1


def test_a_user_is_suspended_by_two_clicks_and_stays_so(desk: Page, device: Device) -> None:
    find(desk, str(device.user_id))
    desk.get_by_role("link", name="Suspend").click()
    reason = desk.get_by_label("Reason")
    assert reason.evaluate("field => getComputedStyle(field).borderTopWidth") != "0px", "nobody sees where to type"
    reason.fill("Sold fake points")
    desk.get_by_role("button", name="Suspend").dblclick()
    expect(desk.locator("#person-who")).to_contain_text("Sold fake points")


def test_a_large_adjustment_waits_for_somebody_else(desk: Page, device: Device, settings: Any) -> None:
    desk.goto(f"/admin/points/userpoints/adjust/{device.user_id}/")
    desk.get_by_label("Amount").fill(str(settings.STAFF_POINTS_ALONE + 1))
    desk.get_by_label("Reason").fill("A large one")
    desk.get_by_role("button", name="Adjust points").click()
    expect(desk.get_by_text("wait for a second member of staff")).to_be_visible()
    desk.goto("/admin/points/pendingadjustment/")
    desk.get_by_role("link", name="Decide").click()
    expect(desk.get_by_text("This is your own")).to_be_visible()
    assert not PointTransaction.objects.exists()


def test_an_event_is_processed_again(desk: Page, device: Device, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(device.user, product_id="points_new"))
    PointsPack.objects.create(product_id="points_new", points=700)
    event = RevenueCatEvent.objects.get()
    find(desk, event.event_id)
    desk.get_by_role("link", name="Process again").click()
    desk.get_by_label("Reason").fill("The product is known now")
    desk.get_by_role("button", name="Process the event again").click()
    expect(desk.get_by_text("The event is applied.")).to_be_visible()
    assert ledger.balance(device.user_id) == 700


def test_a_failed_task_is_tried_again(desk: Page, task: EmojiTask) -> None:
    ended = {"status": "failed", "error_code": "provider_failed", "completed_at": timezone.now()}
    EmojiTask.objects.update(**ended)
    find(desk, str(task.id))
    desk.get_by_role("link", name="Try the task again").click()
    desk.get_by_label("Reason").fill("The provider is well again")
    desk.get_by_role("button", name="Try the task again").click()
    expect(desk.get_by_text("The task is open again.")).to_be_visible()
    assert EmojiTask.objects.get().status == "queued"


def test_the_dashboard_is_read(desk: Page, task: EmojiTask) -> None:
    DailyFigures.objects.create(
        **{"day": timezone.now().date(), "tasks": {"succeeded": 41}, "points": {"spend": [41, -8200]}},
        **{"sales": [], "refunds": [], "counted_at": timezone.now(), "is_stale": False},
    )
    desk.goto("/admin/?days=7")
    expect(desk.locator("#queue-depth")).to_have_text("1")
    expect(desk.get_by_text("Emoji by the day they were ordered")).to_be_visible()


def test_a_list_is_exported_with_a_reason(desk: Page, device: Device) -> None:
    User.objects.filter(id=device.user_id).update(nickname="=HYPERLINK(1)")
    desk.goto("/admin/accounts/user/")
    desk.locator("#action-toggle").check()
    desk.locator("select[name=action]").select_option("export_csv")
    desk.get_by_role("button", name="Run").click()
    desk.get_by_label("Reason").fill("The yearly audit")
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Export").click()
    text = download.value.path().read_text("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert "boss" not in text
