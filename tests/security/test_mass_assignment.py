"""T-06, T-10: a body changes what it is meant to change, whatever else it names."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps as installed

from apps.accounts.models import Device, User
from apps.emoji.models import EmojiTask
from apps.points.models import UserPoints
from tests.described import description, operations
from tests.security.conftest import API, Owned

OURS = ("accounts", "points", "emoji", "billing")
SECRET = "pkd1_" + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def writes(owned: Owned) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """A good request for each operation that takes a body."""
    wish = {"template_id": owned.task.template.driven_id, "upload_id": owned.upload_id}
    login = {"device_id": "another-device-1234", "device_secret": SECRET, "platform": "ios", "app_version": "1.0.0"}
    return {
        "auth_login": ("post", "/auth/login", login),
        "auth_logout": ("post", "/auth/logout", {"refresh_token": "pkr1_of_nobody"}),
        "auth_refresh": ("post", "/auth/refresh", {"refresh_token": "pkr1_of_nobody"}),
        "auth_device_rotate": ("post", "/auth/device/rotate", {"device_secret": SECRET}),
        "user_profile_change": ("patch", "/user/profile", {"nickname": "Lily"}),
        "user_delete": ("delete", "/user", {"confirm": "DELETE"}),
        "user_consents_decide": ("put", "/user/consents/ai_processing", {"granted": True, "version": "1"}),
        "emoji_uploads_create": ("post", "/emoji/uploads", {"content_type": "image/jpeg", "content_length": 1000}),
        "emoji_detections_create": ("post", "/emoji/detections", {"upload_id": owned.upload_id}),
        "emoji_tasks_create": ("post", "/emoji/tasks", wish),
        "emoji_tasks_report": ("post", f"/emoji/tasks/{owned.task.id}/report", {"reason": "other"}),
        "webhooks_revenuecat": ("post", "/webhooks/revenuecat", {}),
    }


def with_a_body() -> Iterator[str]:
    for operation in operations():
        if "requestBody" in operation:
            yield operation["operationId"]


def fields_of(operation: str) -> set[str]:
    """What a body of this operation may name; a column of that name would be of a wrong type."""
    described = next(found for found in operations() if found["operationId"] == operation)
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    return set(description()["components"]["schemas"][name]["properties"]) if name else set()


def every_column() -> dict[str, Any]:
    """As somebody would like them: rich, a VIP, staff, and of another user."""
    names = {
        field.attname
        for label in OURS
        for model in installed.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
    }
    wanted: dict[str, Any] = dict.fromkeys(names, 10**6)
    wanted |= {name: True for name in names if name.startswith("is_")}
    return wanted | {"user": {"id": 1, "is_staff": True}, "points": 10**6, "status": "succeeded", "cost": 0}


def test_each_operation_with_a_body_is_tried(owned: Owned) -> None:
    assert set(with_a_body()) == set(writes(owned))


@pytest.mark.parametrize("operation", sorted(with_a_body()))
def test_what_a_body_names_beyond_its_fields_changes_nothing(owned: Owned, operation: str) -> None:
    method, path, body = writes(owned)[operation]
    before = standing(owned)
    price = EmojiTask.objects.get(id=owned.task.id).cost if operation == "emoji_tasks_create" else 0
    key = {"Idempotency-Key": "key-for-everything"}
    others = {name: value for name, value in every_column().items() if name not in fields_of(operation)}
    answer = getattr(owned.app, method)(API + path, others | body, format="json", headers=key)
    assert answer.status_code < 500
    assert standing(owned) == before | {"balance": before["balance"] - price}
    assert not User.objects.filter(is_staff=True).exists()
    assert not EmojiTask.objects.exclude(user=owned.user).exists()
    assert not EmojiTask.objects.exclude(status="queued").exists()


def standing(owned: Owned) -> dict[str, Any]:
    user = User.objects.get(id=owned.user.id)
    device = Device.objects.get(user=user)
    return {
        "balance": UserPoints.objects.get(user=user).balance,
        "vip": (user.vip_expires_at, user.vip_is_lifetime, user.is_tester),
        "doors": (user.is_superuser, user.is_active, user.username, user.billing_user_id, device.device_id_mac),
    }


def test_no_request_names_an_address_that_we_would_fetch() -> None:
    """T-10: photos come by upload only."""
    bodies = {name: body for name, body in description()["components"]["schemas"].items() if name.endswith("Request")}
    assert len(bodies) >= 10
    for name, body in bodies.items():
        assert not {field for field in body["properties"] if "url" in field}, name
