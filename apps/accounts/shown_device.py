"""What a device shows at a login, and under which name it is kept."""

import hmac
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import Device, User
from apps.core.prepared_query import Given, PreparedQuery

_USER_OF = PreparedQuery(lambda: User.objects.filter(devices__device_id_mac=Given("mac")))


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


def user_of(device_id: str) -> User | None:
    return _USER_OF.first(mac=device_id_mac(device_id))


def describe(device: Device, shown: ShownDevice) -> None:
    """The caller saves the device."""
    device.platform, device.app_version = shown.platform, shown.app_version
    device.os_version, device.device_model = shown.os_version, shown.device_model
    device.last_login_at = device.updated_at = timezone.now()
