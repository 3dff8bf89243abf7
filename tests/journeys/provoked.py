"""For each code of the catalogue a way to be told it: a function of its name, and what it asks over HTTP."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from apps.accounts import data_export
from apps.accounts.auth_views import AuthViewSet
from apps.accounts.models import DataExport, Device, RefreshToken, Session, User
from apps.emoji import breaker, provider_accounts
from apps.emoji.models import Detection, EmojiTask, EmojiTemplate, PhotoUpload
from apps.emoji.provider import Fault, ProviderError
from apps.points import balances, freezing
from tests.conftest import at
from tests.emoji.conftest import TASKS, UPLOADS, upload
from tests.emoji.test_photos import photo
from tests.journeys.world import API, EXPORT, LOGIN, World

BALANCE = f"{API}/points/balance"
SECRET = "pkd1_" + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_SECRET = "pkd1_" + "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
NOBODYS = 723150982374912000


def malformed_request(world: World) -> Any:
    return world.anonymous.post(LOGIN, "{", content_type="application/json")


def authentication_required(world: World) -> Any:
    return world.anonymous.get(BALANCE)


def permission_denied(world: World) -> Any:
    def refuse(*_: Any, **__: Any) -> bool:
        return False

    world.monkeypatch.setattr("rest_framework.permissions.IsAuthenticated.has_permission", refuse)
    return world.app.get(BALANCE)


def not_found(world: World) -> Any:
    return world.anonymous.get(f"{API}/nothing")


def method_not_allowed(world: World) -> Any:
    return world.app.delete(BALANCE)


def not_acceptable(world: World) -> Any:
    return world.anonymous.get(f"{API}/config", headers={"Accept": "text/html"})


def conflict(world: World) -> Any:
    """A photo is uploaded twice."""
    wanted = {"content_type": "image/jpeg", "content_length": len(world.portrait)}
    url = world.app.post(UPLOADS, wanted, format="json").json()["url"].removeprefix("http://testserver")
    world.anonymous.put(url, world.portrait, content_type="image/jpeg")
    return world.anonymous.put(url, world.portrait, content_type="image/jpeg")


def payload_too_large(world: World) -> Any:
    return world.anonymous.post(LOGIN, '"' + "x" * 70_000 + '"', content_type="application/json")


def unsupported_media_type(world: World) -> Any:
    return world.anonymous.post(LOGIN, "<a/>", content_type="application/xml")


def validation_failed(world: World) -> Any:
    return world.anonymous.post(LOGIN, {}, format="json")


def internal_error(world: World) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    world.monkeypatch.setattr(AuthViewSet, "login", fail)
    return Client(raise_request_exception=False).post(LOGIN, {}, content_type="application/json")


def dependency_unavailable(world: World) -> Any:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError

    world.monkeypatch.setattr(balances, "of_user", fail)
    return world.app.get(BALANCE)


def invalid_cursor(world: World) -> Any:
    return world.app.get(f"{TASKS}?cursor=x")


def idempotency_key_required(world: World) -> Any:
    return world.app.post(TASKS, {"template_id": "mengwa_kaixin", "upload_id": world.photo()}, format="json")


def idempotency_key_invalid(world: World) -> Any:
    return world.order(key="a b")


def idempotency_in_progress(world: World) -> Any:
    """The first request runs on another connection, and holds the lock of its key."""
    name = hashlib.sha256(f"{world.user.id}|POST {TASKS}|key-12345".encode()).digest()
    first = connection.copy()
    try:
        with first.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [int.from_bytes(name[:8], "big", signed=True)])
        return world.order(key="key-12345")
    finally:
        first.close()


def idempotency_key_reused(world: World) -> Any:
    world.give_points(world.user, 1000)
    photo_id = world.photo()
    world.order(photo_id, "key-12345")
    return world.order(photo_id, "key-12345", client_ref="other")


def token_invalid(world: World) -> Any:
    return world.anonymous.get(BALANCE, headers={"Authorization": "Bearer x"})


def session_revoked(world: World) -> Any:
    Session.objects.filter(user=world.user).update(revoked_at=timezone.now(), revoked_reason="logout")
    return world.app.get(BALANCE)


def token_expired(world: World) -> Any:
    with at(timezone.now() + timedelta(hours=2)):
        return world.app.get(BALANCE)


def refresh_token_invalid(world: World) -> Any:
    return world.refresh("nothing")


def refresh_token_expired(world: World) -> Any:
    token = world.log_in(f"device-{uuid4()}", SECRET).json()["refresh_token"]
    RefreshToken.objects.update(expires_at=timezone.now())
    return world.refresh(token)


def refresh_token_reused(world: World) -> Any:
    """It is not the direct predecessor of the living one any more."""
    first = world.log_in(f"device-{uuid4()}", SECRET).json()["refresh_token"]
    second = world.refresh(first).json()["refresh_token"]
    world.refresh(second)
    return world.refresh(first)


def device_revoked(world: World) -> Any:
    device_id = f"device-{uuid4()}"
    world.log_in(device_id, SECRET)
    Device.objects.update(revoked_at=timezone.now())
    return world.log_in(device_id, SECRET)


def device_secret_required(world: World) -> Any:
    device_id = f"device-{uuid4()}"
    world.log_in(device_id, SECRET)
    return world.log_in(device_id)


def device_secret_invalid(world: World) -> Any:
    device_id = f"device-{uuid4()}"
    world.log_in(device_id, SECRET)
    return world.log_in(device_id, OTHER_SECRET)


def account_suspended(world: World) -> Any:
    User.objects.filter(id=world.user.id).update(is_active=False)
    return world.app.get(BALANCE)


def account_pending_deletion(world: World) -> Any:
    User.objects.filter(id=world.user.id).update(deletion_due_at=timezone.now() + timedelta(days=14))
    return world.app.get(BALANCE)


def deletion_not_scheduled(world: World) -> Any:
    return world.app.post(f"{API}/user/deletion/cancel")


def export_not_found(world: World) -> Any:
    return world.app.get(f"{EXPORT}/{NOBODYS}")


def export_in_progress(world: World) -> Any:
    world.app.post(EXPORT)
    return world.app.post(EXPORT)


def export_expired(world: World) -> Any:
    export = DataExport.objects.get(id=int(world.app.post(EXPORT).json()["export_id"]))
    DataExport.objects.update(status="expired", expires_at=timezone.now())
    return world.anonymous.get(data_export.link(export).removeprefix(world.settings.PUBLIC_BASE_URL))


def precondition_failed(world: World) -> Any:
    seen = {"If-Match": 'W/"99-0123456789abcdef"'}
    return world.app.patch(f"{API}/user/profile", {"nickname": "Lily"}, format="json", headers=seen)


def app_upgrade_required(world: World) -> Any:
    world.configure(app={"ios": {"min_version": "1.2.0", "store_url": "https://apps.example.com/1"}})
    return world.app.get(BALANCE, headers={"X-App-Platform": "ios", "X-App-Version": "1.1.0"})


def maintenance(world: World) -> Any:
    world.configure(maintenance={"active": True})
    return world.app.post(UPLOADS, {}, format="json")


def insufficient_points(world: World) -> Any:
    return world.order()


def points_frozen(world: World) -> Any:
    """Whether there would be enough of them or not."""
    assert freezing.freeze(world.user.id)
    return world.order()


def consent_required(world: World) -> Any:
    """Before any ticket, check or order."""
    photo_id = world.photo()
    world.configure(consent={"ai_processing": {"required": True, "version": "2026-01"}})
    wanted = {"content_type": "image/jpeg", "content_length": 1000}
    for refused in (world.check(photo_id), world.order(photo_id)):
        assert refused.json()["code"] == "consent_required"
    assert not Detection.objects.exists()
    return world.app.post(UPLOADS, wanted, format="json")


def vip_required(world: World) -> Any:
    EmojiTemplate.objects.filter(id=world.template.id).update(is_vip_only=True)
    return world.order()


def template_not_found(world: World) -> Any:
    return world.anonymous.get(f"{API}/emoji/templates/nothing")


def template_retired(world: World) -> Any:
    EmojiTemplate.objects.filter(id=world.template.id).update(is_active=False)
    return world.anonymous.get(f"{API}/emoji/templates/{world.template.driven_id}")


def upload_not_found(world: World) -> Any:
    return world.check(str(NOBODYS))


def upload_expired(world: World) -> Any:
    photo_id = world.photo()
    PhotoUpload.objects.filter(id=int(photo_id)).update(expires_at=timezone.now())
    return world.check(photo_id)


def upload_not_completed(world: World) -> Any:
    ticket = world.app.post(UPLOADS, {"content_type": "image/jpeg", "content_length": 1000}, format="json").json()
    return world.check(ticket["upload_id"])


def image_too_large(world: World) -> Any:
    return world.app.post(UPLOADS, {"content_type": "image/jpeg", "content_length": 10**9}, format="json")


def daily_upload_limit_reached(world: World) -> Any:
    world.configure(uploads={"daily_megabytes": 10})
    wanted = {"content_type": "image/jpeg", "content_length": 10 * 1024 * 1024}
    world.app.post(UPLOADS, wanted, format="json")
    return world.app.post(UPLOADS, wanted, format="json")


def image_type_unsupported(world: World) -> Any:
    return world.app.post(UPLOADS, {"content_type": "image/heic", "content_length": 1000}, format="json")


def image_dimensions_invalid(world: World) -> Any:
    return world.check(world.photo(photo(size=(100, 100))))


def image_unreadable(world: World) -> Any:
    return world.check(world.photo(b"no photo"))


def image_checksum_mismatch(world: World) -> Any:
    return world.check(upload(world.app, world.portrait, sha256="0" * 64))


def photo_rejected(world: World) -> Any:
    world.provider(ProviderError("photo_no_face"))
    photo_id = world.photo()
    world.check(photo_id)
    return world.order(photo_id)


def provider_unavailable(world: World) -> Any:
    world.provider(ProviderError("provider_failed"))
    return world.check()


def detection_not_found(world: World) -> Any:
    return world.order(detection_id=str(NOBODYS))


def detection_expired(world: World) -> Any:
    world.provider()
    photo_id = world.photo()
    detection_id = world.check(photo_id).json()["detection_id"]
    Detection.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    return world.order(photo_id, detection_id=detection_id)


def task_not_found(world: World) -> Any:
    return world.app.get(f"{TASKS}/{NOBODYS}")


def task_not_cancelable(world: World) -> Any:
    task = world.ordered()
    EmojiTask.objects.filter(id=task.id).update(status="processing")
    return world.app.post(f"{TASKS}/{task.id}/cancel")


def task_not_deletable(world: World) -> Any:
    return world.app.delete(f"{TASKS}/{world.ordered().id}")


def generation_paused(world: World) -> Any:
    for account in provider_accounts.configured():
        breaker.fails(account.name, Fault.ACCOUNT, "Arrearage")
    world.give_points(world.user, 1000)
    return world.order()


def active_task_limit_reached(world: World) -> Any:
    world.configure(task_limits={"free": {"active": 1}})
    world.ordered()
    return world.order()


def daily_limit_reached(world: World) -> Any:
    world.configure(task_limits={"free": {"active": 10, "daily": 1}})
    world.ordered()
    return world.order()


def link_not_valid(world: World) -> Any:
    return world.anonymous.get(f"{API}/emoji/objects/photos/1/1.jpg")


def order_not_found(world: World) -> Any:
    return world.app.get(f"{API}/orders/{NOBODYS}")


def transaction_not_found(world: World) -> Any:
    return world.app.get(f"{API}/points/transactions/{NOBODYS}")


def sync_unavailable(world: World) -> Any:
    return world.app.post(f"{API}/subscription/sync")


def webhook_unauthorized(world: World) -> Any:
    return world.anonymous.post(f"{API}/webhooks/revenuecat", {}, format="json")


def rate_limited(world: World) -> Any:
    world.settings.RATE_LIMITS_ENABLED = True
    world.settings.RATE_LIMITS = {"reads.user": "1/day"}
    world.app.get(BALANCE)
    return world.app.get(BALANCE)
