"""What stops or worries a start: how devices are let in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils import timezone

MODES = ("bind", "compat", "strict")


@register(Tags.security)
def devices_are_let_in_by_a_known_mode(**_: Any) -> list[CheckMessage]:
    """A compat mode that has ended works like bind, so it only warns: a date must not stop a restart."""
    if settings.DEVICE_AUTH_MODE not in MODES:
        return [Error(f"DEVICE_AUTH_MODE is none of {', '.join(MODES)}", id="pk.E009")]
    if settings.DEVICE_AUTH_MODE != "compat":
        return []
    if settings.DEVICE_COMPAT_UNTIL is None:
        return [Error("DEVICE_AUTH_MODE compat needs DEVICE_COMPAT_UNTIL", id="pk.E009")]
    days = (settings.DEVICE_COMPAT_UNTIL - timezone.now()).days
    if days < 0:
        return [Warning("DEVICE_COMPAT_UNTIL is past: set DEVICE_AUTH_MODE to bind", id="pk.W009")]
    return [Warning(f"a device id alone opens an imported account for {days} more days", id="pk.W009")]
