"""For each operation a way to have what it promises: a function of its name, and its answers, one for each status."""

import json
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from apps.accounts import data_export, export_building
from apps.accounts.models import DataExport, Session
from apps.billing.models import Order
from apps.points.models import PointTransaction
from dev.fake_revenuecat import KEY, FakeRevenueCat
from tests.billing.conftest import pack, period
from tests.conftest import WEBHOOK_SECRET, revenuecat_event
from tests.emoji.conftest import DETECTIONS, TASKS, UPLOADS
from tests.journeys.world import API, EXPORT, LOGIN, World

Answers = Sequence[Any]


class Phone:
    """A device of its own, with a secret that the app made."""

    def __init__(self) -> None:
        self.client = APIClient()
        self.shown = {
            "device_id": f"device-{uuid4()}",
            "device_secret": "pkd1_" + secrets.token_urlsafe(32),
            "platform": "ios",
            "app_version": "1.4.0",
            "os_version": "18.1",
            "device_model": "iPhone15,3",
            "locale": "zh-Hans",
            "timezone": "Asia/Shanghai",
        }

    def log_in(self) -> Any:
        answer = self.client.post(LOGIN, self.shown, format="json")
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
        return answer


def tell(world: World, kind: str, **fields: Any) -> Any:
    headers = {"Authorization": f"Bearer {WEBHOOK_SECRET}"}
    body = revenuecat_event(kind, **fields)
    return world.anonymous.post(f"{API}/webhooks/revenuecat", body, format="json", headers=headers)


def auth_login(world: World) -> Answers:
    phone = Phone()
    return phone.log_in(), phone.log_in()


def auth_refresh(world: World) -> Answers:
    return (world.refresh(Phone().log_in().json()["refresh_token"]),)


def auth_logout(world: World) -> Answers:
    return (world.app.post(f"{API}/auth/logout", {"all_devices": True}, format="json"),)


def auth_device_rotate(world: World) -> Answers:
    phone = Phone()
    phone.log_in()
    shown = {"device_secret": phone.shown["device_secret"]}
    return (phone.client.post(f"{API}/auth/device/rotate", shown, format="json"),)


def auth_sessions_list(world: World) -> Answers:
    return (world.app.get(f"{API}/auth/sessions"),)


def auth_sessions_destroy(world: World) -> Answers:
    return (world.app.delete(f"{API}/auth/sessions/{Session.objects.latest('id').id}"),)


def user_profile(world: World) -> Answers:
    return (world.app.get(f"{API}/user/profile"),)


def user_profile_change(world: World) -> Answers:
    wish = {"nickname": "Lily", "avatar_upload_id": world.photo()}
    return (world.app.patch(f"{API}/user/profile", wish, format="json"),)


def user_delete(world: World) -> Answers:
    return (world.app.delete(f"{API}/user", {"confirm": "DELETE"}, format="json"),)


def user_deletion_cancel(world: World) -> Answers:
    phone = Phone()
    phone.log_in()
    phone.client.delete(f"{API}/user", {"confirm": "DELETE"}, format="json")
    phone.log_in()
    return (phone.client.post(f"{API}/user/deletion/cancel"),)


def user_export(world: World) -> Answers:
    return (world.app.post(EXPORT),)


def exported(world: World) -> DataExport:
    world.app.post(EXPORT)
    export = DataExport.objects.get()
    export_building.build(export.id)
    return DataExport.objects.get()


def user_exports(world: World) -> Answers:
    exported(world)
    return (world.app.get(EXPORT),)


def user_export_status(world: World) -> Answers:
    return (world.app.get(f"{EXPORT}/{exported(world).id}"),)


def user_export_download(world: World) -> Answers:
    link = data_export.link(exported(world))
    return (world.anonymous.get(link.removeprefix(world.settings.PUBLIC_BASE_URL)),)


def user_consents_decide(world: World) -> Answers:
    decision = {"version": "2026-01", "granted": True}
    return (world.app.put(f"{API}/user/consents/ai_processing", decision, format="json"),)


def user_consents(world: World) -> Answers:
    user_consents_decide(world)
    return (world.app.get(f"{API}/user/consents"),)


def config(world: World) -> Answers:
    return (world.anonymous.get(f"{API}/config?platform=ios&version=1.4.0"),)


def errors(world: World) -> Answers:
    return (world.anonymous.get(f"{API}/errors"),)


def emoji_templates(world: World) -> Answers:
    return (world.anonymous.get(f"{API}/emoji/templates"),)


def emoji_templates_retrieve(world: World) -> Answers:
    return (world.anonymous.get(f"{API}/emoji/templates/{world.template.driven_id}"),)


def emoji_uploads_create(world: World) -> Answers:
    return (world.app.post(UPLOADS, {"content_type": "image/jpeg", "content_length": 834_211}, format="json"),)


def emoji_detections_create(world: World) -> Answers:
    world.provider()
    return (world.app.post(DETECTIONS, {"upload_id": world.photo()}, format="json"),)


def emoji_tasks_create(world: World) -> Answers:
    world.give_points(world.user, 1000)
    return (world.order(),)


def emoji_tasks_list(world: World) -> Answers:
    world.ordered()
    return (world.app.get(TASKS),)


def emoji_tasks_retrieve(world: World) -> Answers:
    return (world.app.get(f"{TASKS}/{world.ordered().id}"),)


def emoji_tasks_cancel(world: World) -> Answers:
    return (world.app.post(f"{TASKS}/{world.ordered().id}/cancel"),)


def emoji_tasks_delete(world: World) -> Answers:
    task = world.ordered()
    world.app.post(f"{TASKS}/{task.id}/cancel")
    return (world.app.delete(f"{TASKS}/{task.id}"),)


def emoji_tasks_report(world: World) -> Answers:
    return (world.app.post(f"{TASKS}/{world.ordered().id}/report", {"reason": "not_me"}, format="json"),)


def points_balance(world: World) -> Answers:
    world.give_points(world.user, 1000)
    return (world.app.get(f"{API}/points/balance"),)


def points_transactions(world: World) -> Answers:
    world.give_points(world.user, 1000)
    return (world.app.get(f"{API}/points/transactions"),)


def points_transactions_retrieve(world: World) -> Answers:
    world.give_points(world.user, 1000)
    return (world.app.get(f"{API}/points/transactions/{PointTransaction.objects.get().id}"),)


def points_packages(world: World) -> Answers:
    return (world.anonymous.get(f"{API}/points/packages"),)


def points_rewards(world: World) -> Answers:
    return (world.app.get(f"{API}/points/rewards"),)


def subscription(world: World) -> Answers:
    tell(world, "INITIAL_PURCHASE", **period(world.user))
    return (world.app.get(f"{API}/subscription"),)


def subscription_products(world: World) -> Answers:
    return (world.anonymous.get(f"{API}/subscription/products"),)


def subscription_sync(world: World) -> Answers:
    fake = FakeRevenueCat()
    fake.start()
    try:
        world.settings.REVENUECAT_API_URL, world.settings.REVENUECAT_API_KEY = fake.url, KEY
        return (world.app.post(f"{API}/subscription/sync"),)
    finally:
        fake.stop()


def orders_list(world: World) -> Answers:
    tell(world, "NON_RENEWING_PURCHASE", **pack(world.user))
    return (world.app.get(f"{API}/orders"),)


def orders_retrieve(world: World) -> Answers:
    tell(world, "NON_RENEWING_PURCHASE", **pack(world.user))
    return (world.app.get(f"{API}/orders/{Order.objects.get().id}"),)


def webhooks_revenuecat(world: World) -> Answers:
    return (tell(world, "NON_RENEWING_PURCHASE", **pack(world.user)),)


def body_of(answer: Any) -> Any:
    return json.loads(answer.content) if answer.content else None
