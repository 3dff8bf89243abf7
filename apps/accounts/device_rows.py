"""The row of a device, as a login reads and writes it."""

from django.db.models import OuterRef, QuerySet

from apps.accounts import consents, device_secret
from apps.accounts.models import Device
from apps.core.prepared_query import Given, PreparedQuery, PreparedUpdate
from apps.core.together import Write
from apps.core.unsynced import unsynced

DESCRIBED = ("updated_at", "platform", "app_version", "os_version", "device_model", "last_login_at")
WRITTEN = (*DESCRIBED, "secret_sha256", "secret_prev_sha256", "secret_prev_until", "secret_state")


def _of_mac() -> QuerySet[Device]:
    """The points and the consents are for the answer."""
    rows = Device.objects.select_related("user", "user__points").filter(device_id_mac=Given("mac"))
    return rows.annotate(**{"consents": consents.beside(OuterRef("user_id"))})


_FOUND = PreparedQuery(_of_mac)
_LOCKED = PreparedQuery(lambda: _of_mac().select_for_update(of=("self",)))
_WRITTEN = PreparedUpdate(lambda: Device.objects.filter(id=Given("id")), **{name: Given(name) for name in WRITTEN})
_DESCRIBED = PreparedUpdate(
    lambda: Device.objects.filter(unsynced(), id=Given("id"), secret_sha256=Given("shown"), revoked_at=None),
    **{name: Given(name) for name in DESCRIBED},
)


def found(mac: bytes) -> Device | None:
    """With its user, their points and their `consents`."""
    return _FOUND.first(mac=mac)


def locked(mac: bytes) -> Device | None:
    """As `found`, and ours until the transaction ends."""
    return _LOCKED.first(mac=mac)


def written(device: Device) -> Write:
    """Of one that is locked."""
    return _WRITTEN.write(**{name: getattr(device, name) for name in ("id", *WRITTEN)})


def described(device: Device, secret: str) -> Write:
    """Of one that is not: it changes no row when another secret opens the device by now, or none does.

    What is written with it does not wait for the disk: who was logged in by a secret can be so again.
    """
    told = {name: getattr(device, name) for name in ("id", *DESCRIBED)}
    return _DESCRIBED.write(**told, shown=device_secret.sha256(secret))
