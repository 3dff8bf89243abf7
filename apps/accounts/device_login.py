"""Find or create the user of a device (security 1.2, mode bind).

A device id is a name, the device secret is what proves it: 256 bits, made by the app or, when it sends none, by us.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.core.errors import DomainError

SECRET_PREFIX = "pkd1_"  # noqa: S105 - how a secret begins, so that scanners find leaked ones


class DeviceSecretRequired(DomainError):
    code = "device_secret_required"
    status = 401
    title = "This device must show its secret"


class DeviceSecretInvalid(DomainError):
    code = "device_secret_invalid"
    status = 401
    title = "This is not the device's secret"


class AccountSuspended(DomainError):
    code = "account_suspended"
    status = 403
    title = "This account is suspended"


@dataclass(frozen=True, slots=True)
class Login:
    """`issued_secret` is told this once; the app must keep it."""

    device: Device
    is_new_user: bool
    issued_secret: str = ""


@dataclass(frozen=True, slots=True)
class ShownDevice:
    """What a device says of itself at login."""

    device_id: str
    secret: str
    platform: str
    app_version: str


def log_in(shown: ShownDevice) -> Login:
    """Two first logins at once make one user. Raises DeviceSecretRequired, DeviceSecretInvalid, AccountSuspended."""
    mac = _mac(shown.device_id)
    if not Device.objects.filter(device_id_mac=mac).exists():
        try:
            return _first_login(shown, mac)
        except IntegrityError:
            # Another first login of this device was quicker; ours is now a login of a known device.
            pass
    return _known_device(shown, mac)


@transaction.atomic(durable=True)
def _first_login(shown: ShownDevice, mac: bytes) -> Login:
    issued = "" if shown.secret else _new_secret()
    user = User.objects.create_user()
    device = Device(
        user=user,
        device_id_mac=mac,
        device_id_tail=shown.device_id[-4:],
        secret_sha256=_sha256(shown.secret or issued),
        secret_state=Device.SecretState.ISSUED if issued else Device.SecretState.CONFIRMED,
        platform=shown.platform,
        app_version=shown.app_version,
        last_login_at=timezone.now(),
    )
    device.save()
    return Login(device, is_new_user=True, issued_secret=issued)


@transaction.atomic(durable=True)
def _known_device(shown: ShownDevice, mac: bytes) -> Login:
    device = Device.objects.select_for_update(of=("self",)).select_related("user").get(device_id_mac=mac)
    if device.revoked_at or not device.user.is_active:
        raise AccountSuspended
    issued = _prove(device, shown.secret)
    device.platform, device.app_version, device.last_login_at = shown.platform, shown.app_version, timezone.now()
    device.save(
        update_fields=["secret_sha256", "secret_state", "platform", "app_version", "last_login_at", "updated_at"]
    )
    return Login(device, is_new_user=False, issued_secret=issued)


def _prove(device: Device, secret: str) -> str:
    """A new secret when the first answer may be lost: ours was never shown again and nothing was done with it."""
    if secret:
        if not hmac.compare_digest(_sha256(secret), bytes(device.secret_sha256)):
            raise DeviceSecretInvalid
        device.secret_state = Device.SecretState.CONFIRMED
        return ""
    if device.secret_state != Device.SecretState.ISSUED or device.first_used_at:
        raise DeviceSecretRequired
    issued = _new_secret()
    device.secret_sha256 = _sha256(issued)
    return issued


def user_of(device_id: str) -> User | None:
    return User.objects.filter(devices__device_id_mac=_mac(device_id)).first()


def mark_used(device: Device, at: datetime) -> None:
    """From its first authenticated request on, a device without its secret is refused."""
    Device.objects.filter(id=device.id, first_used_at=None).update(first_used_at=at)


def _mac(device_id: str) -> bytes:
    return hmac.digest(settings.DEVICE_ID_PEPPER.encode(), f"v1|{device_id}".encode(), "sha256")


def _sha256(secret: str) -> bytes:
    """Plain SHA-256 is right for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)
