"""What a known device must show, and what it gets when it has nothing to show (the table of docs/decisions/0002)."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from apps.accounts import device_secret, sessions
from apps.accounts.models import Device, Session, User
from apps.core.errors import DomainError

State = Device.SecretState
Reason = Session.Reason


class DeviceSecretRequired(DomainError):
    code = "device_secret_required"
    status = 401
    title = "This device must show its secret"


class DeviceSecretInvalid(DomainError):
    code = "device_secret_invalid"
    status = 401
    title = "This is not the device's secret"


def bind(device: Device, secret: str) -> None:
    """From now on this secret, and no other; the caller saves the device. Raises DeviceSecretInvalid."""
    if not is_secret_of(device, secret):
        if not is_let_in_by_its_id(device):
            raise DeviceSecretInvalid
        device.secret_sha256 = device_secret.sha256(secret)
    if device_secret.matches(secret, device.secret_sha256):
        # The new secret has arrived, so the one before it has done its duty.
        device.secret_prev_sha256 = device.secret_prev_until = None
    if device.secret_state == State.LEGACY:
        # Whoever came in by the id alone until now need not be the owner.
        sessions.end_of_device(device, Reason.NEW_SECRET)
    device.secret_state = State.CONFIRMED


def new_secret_without_proof(device: Device, *, is_bare: bool) -> str:
    """For a device that shows none; the caller saves the device. Raises DeviceSecretRequired."""
    if not is_bare:
        if not _has_lost_its_first_answer(device):
            raise DeviceSecretRequired
        sessions.end_of_device(device, Reason.NEW_SECRET)
    issued = device_secret.new_secret()
    device.secret_sha256 = device_secret.sha256(issued)
    return issued


def is_secret_of(device: Device, secret: str) -> bool:
    """The present one, or for some days the one before it; both are always compared, so both take as long."""
    until = device.secret_prev_until
    is_present = device_secret.matches(secret, device.secret_sha256)
    is_previous = device_secret.matches(secret, device.secret_prev_sha256)
    return is_present or (is_previous and until is not None and timezone.now() < until)


def is_all_known(device: Device, secret: str) -> bool:
    """Whether this is its one secret, known to have arrived: then `bind` changes nothing."""
    is_settled = device.secret_state == State.CONFIRMED and device.secret_prev_sha256 is None
    return device_secret.matches(secret, device.secret_sha256) and is_settled


def is_let_in_by_its_id(device: Device) -> bool:
    """Owner and thief of a bare id look the same, so this is for imported devices only, and has an end."""
    until: datetime | None = settings.DEVICE_COMPAT_UNTIL
    is_open = settings.DEVICE_AUTH_MODE == "compat" and until is not None and timezone.now() < until
    return is_open and device.secret_state == State.LEGACY


def _has_lost_its_first_answer(device: Device) -> bool:
    """Our secret was never shown again and nothing of value has come to the account, so nobody loses anything."""
    return (
        settings.DEVICE_AUTH_MODE != "strict"
        and device.secret_state == State.ISSUED
        and device.first_used_at is None
        # Who buys before the first request is known by the store alone.
        and not device.user.has_been_vip
        and not _has_points(device.user)
    )


def _has_points(user: User) -> bool:
    """Points belong to a higher app; they are reached through the relation. A sign-up bonus is nobody's purchase."""
    return user.point_transactions.exclude(kind="signup_bonus").exists()
