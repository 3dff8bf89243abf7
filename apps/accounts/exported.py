"""What accounts hands out of a user's data."""

from collections.abc import Iterator
from typing import Any

from apps.accounts import personal_data
from apps.accounts.models import AccountDeletion, ConsentRecord, Device, Session, User

CHUNK = 500


def profile(user_id: int) -> Iterator[dict[str, Any]]:
    user = User.objects.get(id=user_id)
    yield {
        "id": str(user.id),
        "nickname": user.nickname,
        "has_avatar": bool(user.avatar_key),
        "locale": user.locale,
        "timezone": user.timezone,
        "billing_user_id": str(user.billing_user_id),
        "vip_expires_at": user.vip_expires_at,
        "vip_is_lifetime": user.vip_is_lifetime,
        "created_at": user.created_at,
    }


def devices(user_id: int) -> Iterator[dict[str, Any]]:
    for device in Device.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(device.id),
            "device_id_ends_with": device.device_id_tail,
            "platform": device.platform,
            "app_version": device.app_version,
            "os_version": device.os_version,
            "device_model": device.device_model,
            "created_at": device.created_at,
            "last_login_at": device.last_login_at,
            "locked_out_at": device.revoked_at,
        }


def sessions(user_id: int) -> Iterator[dict[str, Any]]:
    for session in Session.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(session.id),
            "device_id": str(session.device_id),
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "expires_at": session.expires_at,
            "ended_at": session.revoked_at,
            "end": session.revoked_reason,
        }


def consents(user_id: int) -> Iterator[dict[str, Any]]:
    for record in ConsentRecord.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "purpose": record.purpose,
            "version": record.version,
            "granted": record.granted,
            "app_version": record.app_version,
            "at": record.created_at,
        }


def deletions(user_id: int) -> Iterator[dict[str, Any]]:
    """The user's words, until they are forgotten: a wish that was undone keeps them."""
    for wish in AccountDeletion.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(wish.id),
            "reason": wish.reason,
            "asked_at": wish.created_at,
            "due_at": wish.due_at,
            "undone_at": wish.canceled_at,
        }


for _rows in (profile, devices, sessions, consents, deletions):
    personal_data.register(_rows.__name__, _rows)
