"""Find or create the user of a device.

A device id is a name, the device secret is what proves it. `DEVICE_AUTH_MODE` says what a device without one may do:
`bind` gives a new device a secret and asks for it from then on; `compat` also lets imported devices in by their id
alone until `DEVICE_COMPAT_UNTIL`; `strict` lets nobody in without a secret.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog import get_logger

from apps.accounts import (
    consents,
    device_proof,
    device_rows,
    device_secret,
    metrics,
    profile,
    refresh,
    sessions,
    shown_device,
    standing,
)
from apps.accounts.device_proof import DeviceSecretRequired
from apps.accounts.models import ConsentRecord, Device, User
from apps.accounts.refresh import Issued
from apps.accounts.shown_device import ShownDevice
from apps.accounts.standing import Standing
from apps.core import prepared_insert
from apps.core.errors import DomainError
from apps.core.joined_transaction import one_statement

State = Device.SecretState

log = get_logger(__name__)


class DeviceRevoked(DomainError):
    code = "device_revoked"
    status = 401
    title = "This device is locked out; begin with a new device id"


@dataclass(frozen=True, slots=True)
class Login:
    """`issued_secret` is told this once; the app must keep it. `consents` are the newest of each purpose."""

    issued: Issued
    is_new_user: bool
    consents: list[ConsentRecord]
    issued_secret: str = ""

    @property
    def device(self) -> Device:
        return self.issued.session.device


def log_in(shown: ShownDevice) -> Login:
    """Two first logins at once make one user.

    Raises DeviceSecretRequired, DeviceSecretInvalid, DeviceRevoked, AccountSuspended.
    """
    try:
        return _by_one_write(shown) or _under_lock(shown)
    except IntegrityError:
        # Another first login of this device was quicker; ours is now a login of a known device.
        return _under_lock(shown)


@one_statement()
def _by_one_write(shown: ShownDevice) -> Login | None:
    """None, and nothing is done, when this is about its secret, too, or it has just changed."""
    device = device_rows.found(shown.mac)
    if device is None:
        return _first_login(shown)
    return _as_ever(device, shown) if device_proof.is_all_known(device, shown.secret) else None


def _as_ever(device: Device, shown: ShownDevice) -> Login | None:
    """Read without a lock: who changes its secret, locks it out or removes it meanwhile is seen when it is written."""
    _require_standing(device)
    shown_device.describe(device, shown)
    begun = refresh.begin_if(device_rows.described(device, shown.secret), sessions.new(device))
    return Login(begun, is_new_user=False, consents=consents.read(device.consents)) if begun else None


@transaction.atomic(durable=True)
def _under_lock(shown: ShownDevice) -> Login:
    device = device_rows.locked(shown.mac)
    return _known_device(device, shown) if device else _first_login(shown)


def _first_login(shown: ShownDevice) -> Login:
    if settings.DEVICE_AUTH_MODE == "strict" and not shown.secret:
        raise DeviceSecretRequired
    issued = "" if shown.secret else device_secret.new_secret()
    user = User.objects.new_user(
        locale=profile.locale_named(shown.locale) or profile.DEFAULT_LOCALE,
        timezone=profile.timezone_named(shown.timezone) or profile.DEFAULT_TIMEZONE,
    )
    device = Device(
        user=user,
        device_id_mac=shown.mac,
        device_id_tail=shown.device_id[-4:],
        secret_sha256=device_secret.sha256(shown.secret or issued),
        secret_state=State.ISSUED if issued else State.CONFIRMED,
    )
    shown_device.describe(device, shown)
    begun = refresh.begin(sessions.new(device), prepared_insert.write(user), prepared_insert.write(device))
    prepared_insert.stored(user, device)
    _has_nothing_yet(user)
    return Login(begun, is_new_user=True, consents=[], issued_secret=issued)


def _known_device(device: Device, shown: ShownDevice) -> Login:
    _require_standing(device)
    if device.revoked_at:
        raise DeviceRevoked
    is_bare = not shown.secret and device_proof.is_let_in_by_its_id(device)
    issued = "" if shown.secret else device_proof.new_secret_without_proof(device, is_bare=is_bare)
    if shown.secret:
        device_proof.bind(device, shown.secret)
    if is_bare:
        metrics.bare_logins.inc()
        log.warning("login by the device id alone", device=device.id)
    shown_device.describe(device, shown)
    begun = refresh.begin(sessions.new(device, is_bare=is_bare), device_rows.written(device))
    return Login(begun, is_new_user=False, consents=consents.read(device.consents), issued_secret=issued)


def _require_standing(device: Device) -> None:
    standing.require(device.user, timezone.now(), Standing.ACTIVE, Standing.PENDING_DELETION)


def _has_nothing_yet(user: User) -> None:
    """So nobody asks for the points of who has just come."""
    User._meta.get_field("points").set_cached_value(user, None)
