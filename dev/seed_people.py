"""People who do what users do, made by the product's own functions. Run inside Django, by dev.seed."""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from itertools import cycle, islice
from typing import Any
from uuid import uuid4

from apps.accounts import device_login, device_secret, profile
from apps.accounts.models import User
from apps.accounts.shown_device import ShownDevice
from apps.billing import webhook
from apps.emoji import backends, own_tasks, submission, uploads
from apps.emoji.models import EmojiTask, EmojiTemplate, PhotoUpload
from apps.emoji.own_tasks import TaskNotCancelable
from apps.emoji.submission import Wish
from dev.project import ROOT
from dev.sandbox_store import purchase

PHOTO = ROOT / "dev" / "portrait.jpg"
NAMES = ("Ada", "Bo", "Chen", "Dina", "Emil", "Fang", "Greta", "Hiro", "Inés", "Jun", "Kim", "Lena")
PLATFORMS = ("ios", "android")
WEEK_MS = int(timedelta(days=7).total_seconds() * 1000)


def fill(users: int) -> str:
    """Each has bought points; every third is a VIP, every fourth had a pack refunded, every fifth canceled an emoji."""
    templates = cycle(EmojiTemplate.objects.filter(is_active=True, is_vip_only=False).order_by("id"))
    orders = 0
    for number in range(users):
        user = _person(number)
        _shop(user, number)
        tasks = _orders(user, islice(templates, number % 3))
        if tasks and number % 5 == 0:
            cancel(tasks[-1])
        orders += len(tasks)
    return f"{users} users who bought points and ordered {orders} emoji"


def cancel(task: EmojiTask) -> None:
    """Unless a worker of `make dev` is quicker."""
    with suppress(TaskNotCancelable):
        own_tasks.cancel(task.user_id, task.id)


def _person(number: int) -> User:
    shown = ShownDevice(f"seed-{uuid4()}", device_secret.new_secret(), PLATFORMS[number % 2], "1.0.0")
    user = device_login.log_in(shown).device.user
    return profile.change(user.id, {"nickname": NAMES[number % len(NAMES)]})


def _shop(user: User, number: int) -> None:
    now_ms = int(time.time() * 1000)
    _tell(purchase("points_1000", str(user.billing_user_id), now_ms))
    if number % 4 == 3:
        second = purchase("points_3000", str(user.billing_user_id), now_ms)
        _tell(second)
        _tell(_refund_of(second))
    if number % 3 == 0:
        _tell(_subscription(user, now_ms))


def _refund_of(told: dict[str, Any]) -> dict[str, Any]:
    refund = {"id": str(uuid4()), "type": "CANCELLATION", "cancel_reason": "CUSTOMER_SUPPORT", "price": -0.99}
    return told | {"event": told["event"] | refund}


def _subscription(user: User, now_ms: int) -> dict[str, Any]:
    told = purchase("weekly_001", str(user.billing_user_id), now_ms)
    week = {"type": "INITIAL_PURCHASE", "expiration_at_ms": now_ms + WEEK_MS, "entitlement_ids": ["vip"]}
    return told | {"event": told["event"] | week}


def _tell(event: dict[str, Any]) -> None:
    row, is_new = webhook.receive(json.dumps(event).encode())
    if row and is_new:
        webhook.process(row)


def _orders(user: User, templates: Iterable[EmojiTemplate]) -> list[EmojiTask]:
    return [submission.submit(user.id, Wish(template, _upload(user), "")).task for template in templates]


def _upload(user: User) -> PhotoUpload:
    content = PHOTO.read_bytes()
    upload = uploads.issue(user.id, "image/jpeg", len(content)).upload
    backends.photo_store().write(upload.key, content, content_type="image/jpeg")
    return uploads.checked(user.id, upload.id)
