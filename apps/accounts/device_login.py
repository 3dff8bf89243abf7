"""Find or create the user of a device.

A device id is a name, the device secret is what proves it. `DEVICE_AUTH_MODE` says what a device without one may do:
`bind` gives a new device a secret and asks for it from then on; `compat` also lets imported devices in by their id
alone until `DEVICE_COMPAT_UNTIL`; `strict` lets nobody in without a secret.
"""

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog import get_logger

from apps.accounts import device_proof, device_secret, metrics, profile, refresh, sessions, standing
from apps.accounts.device_proof import DeviceSecretRequired
from apps.accounts.models import Device, User
from apps.accounts.refresh import Issued
from apps.accounts.standing import Standing
from apps.core import prepared_insert
from apps.core.errors import DomainError
from apps.core.prepared_query import Given, PreparedQuery, PreparedUpdate

State = Device.SecretState

# What a login changes of a device.
WRITTEN = (
    *("platform", "app_version", "os_version", "device_model", "last_login_at"),
    *("secret_sha256", "secret_prev_sha256", "secret_prev_until", "secret_state"),
)
_LOCKED = PreparedQuery(
    # The points are for the answer.
    lambda: (
        Device.objects.select_for_update(of=("self",))
        .select_related("user", "user__points")
        .filter(device_id_mac=Given("mac"))
    )
)
_USER_OF = PreparedQuery(lambda: User.objects.filter(devices__device_id_mac=Given("mac")))
_WRITTEN = PreparedUpdate(
    lambda: Device.objects.filter(id=Given("id")), **{name: Given(name) for name in ("updated_at", *WRITTEN)}
)

log = get_logger(__name__)


class DeviceRevoked(DomainError):
    code = "device_revoked"
    status = 401
    title = "This device is locked out; begin with a new device id"


@dataclass(frozen=True, slots=True)
class Login:
    """`issued_secret` is told this once; the app must keep it."""

    issued: Issued
    is_new_user: bool
    issued_secret: str = ""

    @property
    def device(self) -> Device:
        return self.issued.session.device


@dataclass(frozen=True, slots=True)
class ShownDevice:
    """What a device says of itself at login; only id and secret say who it is. Locale and time zone are taken over for
    a new user, if they are known."""

    device_id: str
    secret: str
    platform: str
    app_version: str
    os_version: str = ""
    device_model: str = ""
    locale: str = ""
    timezone: str = ""

    @property
    def mac(self) -> bytes:
        return device_id_mac(self.device_id)


def device_id_mac(device_id: str) -> bytes:
    return hmac.digest(settings.DEVICE_ID_PEPPER.encode(), f"v1|{device_id}".encode(), "sha256")


def log_in(shown: ShownDevice) -> Login:
    """Two first logins at once make one user.

    Raises DeviceSecretRequired, DeviceSecretInvalid, DeviceRevoked, AccountSuspended.
    """
    try:
        return _logged_in(shown)
    except IntegrityError:
        # Another first login of this device was quicker; ours is now a login of a known device.
        return _logged_in(shown)


@transaction.atomic(durable=True)
def _logged_in(shown: ShownDevice) -> Login:
    device = _LOCKED.first(mac=shown.mac)
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
    _describe(device, shown)
    begun = refresh.begin(sessions.new(device), prepared_insert.write(user), prepared_insert.write(device))
    prepared_insert.stored(user, device)
    return Login(begun, is_new_user=True, issued_secret=issued)


def _known_device(device: Device, shown: ShownDevice) -> Login:
    standing.require(device.user, timezone.now(), Standing.ACTIVE, Standing.PENDING_DELETION)
    if device.revoked_at:
        raise DeviceRevoked
    is_bare = not shown.secret and device_proof.is_let_in_by_its_id(device)
    issued = "" if shown.secret else device_proof.new_secret_without_proof(device, is_bare=is_bare)
    if shown.secret:
        device_proof.bind(device, shown.secret)
    if is_bare:
        metrics.bare_logins.inc()
        log.warning("login by the device id alone", device=device.id)
    _describe(device, shown)
    described = _WRITTEN.write(**{name: getattr(device, name) for name in ("id", "updated_at", *WRITTEN)})
    begun = refresh.begin(sessions.new(device, is_bare=is_bare), described)
    return Login(begun, is_new_user=False, issued_secret=issued)


def user_of(device_id: str) -> User | None:
    return _USER_OF.first(mac=device_id_mac(device_id))


def _describe(device: Device, shown: ShownDevice) -> None:
    device.platform, device.app_version = shown.platform, shown.app_version
    device.os_version, device.device_model = shown.os_version, shown.device_model
    device.last_login_at = device.updated_at = timezone.now()
