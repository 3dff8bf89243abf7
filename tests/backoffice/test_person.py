"""One page tells everything about one person, and looking at faces is written down."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import consents, vip
from apps.accounts.models import DataExport, User
from apps.accounts.vip import Vip
from apps.backoffice import person
from apps.billing.models import Order, RevenueCatEvent, Subscription
from apps.emoji import backends
from apps.emoji.models import EmojiTask, TaskReport
from dev.fake_revenuecat import FakeRevenueCat
from tests.audit_log import written
from tests.billing.conftest import pack

MOST_QUERIES = 15


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def busy(user: User, task: EmojiTask, send_event: Callable[..., Any]) -> User:
    """Somebody who has done a little of everything."""
    for number in range(3):
        send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id=f"t-{number}"))
    send_event(
        "INITIAL_PURCHASE",
        app_user_id=str(user.billing_user_id),
        original_app_user_id=str(user.billing_user_id),
        aliases=[str(user.billing_user_id)],
        product_id="weekly_001",
        purchased_at_ms=int(timezone.now().timestamp() * 1000),
        expiration_at_ms=int((timezone.now() + timedelta(days=7)).timestamp() * 1000),
    )
    TaskReport.objects.create(user=user, task=task, reason="wrong", note="Not my face")
    user.refresh_from_db()
    return user


def address(user: User) -> str:
    return f"/admin/accounts/user/{user.id}/change/"


def with_pictures(user: User) -> str:
    return f"{address(user)}?pictures"


def test_everything_is_on_one_page(desk: Client, busy: User, task: EmojiTask) -> None:
    page = desk.get(address(busy)).content.decode()
    order = Order.objects.filter(kind="points").first()
    assert order
    for fact in (
        str(busy.billing_user_id),
        f"/admin/billing/order/{order.id}/change/",
        f"/admin/billing/subscription/{Subscription.objects.get().id}/change/",
        f"/admin/emoji/emojitask/{task.id}/change/",
        RevenueCatEvent.objects.all()[0].event_id,
        "Not my face",
        "spent: Emoji",
        "The rows add up to it.",
        busy.devices.get().device_id_tail,
        "weekly_001 (",
    ):
        assert fact in page, fact


@pytest.mark.parametrize(("days", "told"), [(1, "<dd>until "), (-1, "<dd>no, it ended ")])
def test_the_page_tells_whether_vip_goes_on(desk: Client, user: User, days: int, told: str) -> None:
    vip.write(user.id, Vip(timezone.now() + timedelta(days=days)))
    assert f"<dt>VIP</dt>{told}" in desk.get(address(user)).content.decode()


def test_sessions_consents_and_what_was_collected_are_told(desk: Client, busy: User) -> None:
    consents.decide(busy.id, consents.Purpose.AI_PROCESSING, granted=True, version="2026-11", app_version="1.0.0")
    page = desk.get(address(busy)).content.decode()
    assert "2026-11" in page
    assert f"<td>…{busy.devices.get().device_id_tail}" in page.partition('id="person-sessions"')[2]


def test_a_person_is_logged_out_everywhere_with_a_reason(desk: Client, busy: User, app: APIClient) -> None:
    page = f"/admin/people/{busy.id}/do/log-out/"
    assert desk.post(page, {}).status_code == 200
    assert app.get("/api/v1/user/profile").status_code == 200
    assert desk.post(page, {"reason": "the phone was stolen"}).status_code == 302
    assert app.get("/api/v1/user/profile").json()["code"] == "session_revoked"
    assert [deed.reason for deed in written()] == ["the phone was stolen"]


def test_points_are_frozen_and_thawed_with_a_reason(desk: Client, busy: User) -> None:
    freeze, thaw = (f"/admin/people/{busy.id}/do/{deed}/" for deed in ("freeze", "thaw"))
    assert thaw not in desk.get(address(busy)).content.decode()
    assert desk.post(freeze, {"reason": "a dispute"}).status_code == 302
    assert thaw in desk.get(address(busy)).content.decode()
    assert "The points are frozen already." in desk.post(freeze, {"reason": "again"}).content.decode()
    assert desk.post(thaw, {"reason": "it is settled"}).status_code == 302
    assert "The points are not frozen." in desk.post(thaw, {"reason": "again"}).content.decode()
    assert [(deed.action, deed.reason, deed.after) for deed in written()] == [
        ("points.freeze", "a dispute", {"is_frozen": True}),
        ("points.thaw", "it is settled", {"is_frozen": False}),
    ]


def test_a_persons_data_are_collected_once_a_day(desk: Client, busy: User) -> None:
    page = f"/admin/people/{busy.id}/do/export/"
    assert desk.post(page, {"reason": "asked by mail"}).status_code == 302
    assert "are being collected already" in desk.post(page, {"reason": "asked again"}).content.decode()
    assert DataExport.objects.filter(user=busy).count() == 1


def test_revenuecat_is_not_asked_about_somebody_erased(desk: Client, user: User, revenuecat: FakeRevenueCat) -> None:
    User.objects.filter(id=user.id).update(erased_at=timezone.now(), is_active=False)
    page = f"/admin/people/{user.id}/do/sync/"
    assert "The account is deleted" in desk.post(page, {"reason": "it was overdue"}).content.decode()
    assert revenuecat.asked == []


def test_the_page_costs_few_queries(desk: Client, busy: User) -> None:
    # Django asks once in the life of a process which number a table has.
    ContentType.objects.get_for_model(User)
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(address(busy)).status_code == 200
    assert len(queries) <= MOST_QUERIES, "\n".join(query["sql"] for query in queries)


def test_more_rows_cost_no_more_queries(
    desk: Client, busy: User, send_event: Callable[..., Any], give_points: Callable[..., None]
) -> None:
    with CaptureQueriesContext(connection) as before:
        desk.get(address(busy))
    for number in range(5):
        send_event("NON_RENEWING_PURCHASE", **pack(busy, transaction_id=f"more-{number}"))
        give_points(busy, 10)
    with CaptureQueriesContext(connection) as after:
        desk.get(address(busy))
    assert len(after) == len(before)


class TestWhyVip:
    def why(self, user: User) -> list[str]:
        user.refresh_from_db()
        return person.of(user, timezone.now()).why

    def test_who_bought_nothing(self, user: User) -> None:
        assert self.why(user) == ["Nothing that makes a VIP was ever bought."]

    def test_the_line_that_gives_it(self, busy: User) -> None:
        (sentence,) = self.why(busy)
        assert "is active, until" in sentence

    def test_a_line_that_is_over(self, busy: User) -> None:
        Subscription.objects.update(expires_at=timezone.now() - timedelta(days=1), started_at="2020-01-01T00:00:00Z")
        User.objects.update(vip_expires_at=None)
        (sentence,) = self.why(busy)
        assert "is expired since" in sentence

    def test_a_sandbox_purchase_in_production(self, busy: User, settings: Any) -> None:
        settings.PRODUCTION = True
        Subscription.objects.update(environment="SANDBOX")
        User.objects.update(vip_expires_at=None)
        assert self.why(busy) == ["1 lines were bought in a sandbox, by somebody who is no tester."]


class TestPhotos:
    @pytest.fixture
    def made(self, task: EmojiTask) -> EmojiTask:
        """With a photo and a clip in the store."""
        store = backends.photo_store()
        store.write("photos/copy.jpg", b"a photo", content_type="image/jpeg")
        store.write("results/1.gif", b"a clip", content_type="image/gif")
        clip = {
            "result_key": "results/1.gif",
            "result_size": 6,
            "result_sha256": "x",
            "result_content_type": "image/gif",
        }
        EmojiTask.objects.update(status="succeeded", photo_key="photos/copy.jpg", completed_at=timezone.now(), **clip)
        task.refresh_from_db()
        return task

    def test_they_are_behind_links_of_a_few_minutes(self, desk: Client, made: EmojiTask) -> None:
        (picture,) = desk.get(with_pictures(made.user)).context["pictures"]
        for link in (picture.photo, picture.clip):
            assert desk.get(link.removeprefix("http://testserver")).status_code == 200
            expires = int(link.partition("expires=")[2].partition("&")[0])
            assert expires <= (timezone.now() + timedelta(minutes=5)).timestamp()

    def test_whoever_looks_is_written_down(self, desk: Client, made: EmojiTask, staff: User) -> None:
        desk.get(with_pictures(made.user))
        (deed,) = written()
        assert (deed.staff, deed.object_id, deed.action) == (staff, str(made.user_id), "photos.viewed")
        assert deed.after == {"tasks": [str(made.id)]}

    def test_who_does_not_ask_sees_none(self, desk: Client, made: EmojiTask) -> None:
        assert "/emoji/objects/" not in desk.get(address(made.user)).content.decode()
        assert written() == []

    def test_what_was_removed_has_no_link(self, desk: Client, made: EmojiTask) -> None:
        backends.photo_store().delete(made.result_key)
        EmojiTask.objects.update(result_removed_at=timezone.now())
        type(made.upload).objects.update(closed_at=timezone.now(), removed_at=timezone.now())
        (picture,) = desk.get(with_pictures(made.user)).context["pictures"]
        assert (picture.photo, picture.clip) == ("", "")
        assert written() == []

    def test_they_are_for_those_who_may(self, client: Client, made: EmojiTask) -> None:
        clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename__in=("view_user", "view_emojitask")))
        client.force_login(clerk)
        for page in (with_pictures(made.user), f"/admin/emoji/emojitask/{made.id}/change/?pictures"):
            assert "/emoji/objects/" not in client.get(page).content.decode()
        assert written() == []
        clerk.user_permissions.add(Permission.objects.get(codename="view_photos"))
        assert "/emoji/objects/" in client.get(with_pictures(made.user)).content.decode()

    def test_an_avatar_is_one_of_them(self, client: Client, user: User, staff: User) -> None:
        backends.photo_store().write("avatars/1.jpg", b"a face", content_type="image/jpeg")
        User.objects.filter(id=user.id).update(avatar_key="avatars/1.jpg")
        clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
        clerk.user_permissions.set(Permission.objects.filter(codename="view_user"))
        client.force_login(clerk)
        assert "avatars/" not in client.get(with_pictures(user)).content.decode()
        assert written() == []
        clerk.user_permissions.add(Permission.objects.get(codename="view_photos"))
        assert "avatars/" not in client.get(address(user)).content.decode()
        link = client.get(with_pictures(user)).context["avatar_link"]
        assert client.get(link.removeprefix("http://testserver")).content == b"a face"
        assert [(deed.staff, deed.object_id, deed.action) for deed in written()] == [
            (clerk, str(user.id), "avatar.viewed")
        ]

    def test_a_tasks_page_shows_its_own(self, desk: Client, made: EmojiTask) -> None:
        page = f"/admin/emoji/emojitask/{made.id}/change/"
        assert "/emoji/objects/" not in desk.get(page).content.decode()
        assert desk.get(f"{page}?pictures").content.decode().count("/emoji/objects/") == 2
        assert [deed.after for deed in written()] == [{"tasks": [str(made.id)]}]

    def test_the_page_with_them_costs_only_the_line_of_the_audit_log_more(
        self, desk: Client, busy: User, made: EmojiTask
    ) -> None:
        ContentType.objects.get_for_model(User)
        with CaptureQueriesContext(connection) as queries:
            assert len(desk.get(with_pictures(busy)).context["pictures"]) == 1
        assert len(queries) <= MOST_QUERIES + 1, "\n".join(query["sql"] for query in queries)


def test_a_section_is_for_who_may_open_its_table(client: Client, busy: User) -> None:
    clerk = User.objects.create_user("clerk", "a-long-password-here", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(clerk)
    page = client.get(address(busy)).content.decode()
    assert 'id="person-who"' in page
    for hidden in ("person-points", "Explain this balance", "Billing events", "Not my face", "Adjust points"):
        assert hidden not in page, hidden
