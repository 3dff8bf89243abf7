"""What stops a start: the keys of tokens, and how devices are let in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from apps.accounts import signing_keys
from apps.core.checks import OPTIONAL_SECRETS, SECRETS

# 32 random bytes have more different ones.
FEWEST_BYTES = 16
MODES = ("bind", "compat", "strict")


@register(Tags.security)
def access_tokens_have_real_keys(**_: Any) -> list[CheckMessage]:
    try:
        keys = signing_keys.all_keys()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="pk.E002")]
    if not settings.PRODUCTION:
        return []
    others = {getattr(settings, name) for name in (*SECRETS, *OPTIONAL_SECRETS)}
    errors: list[CheckMessage] = []
    if any(key.secret.startswith(b"insecure") or len(set(key.secret)) < FEWEST_BYTES for key in keys):
        errors.append(Error("JWT_SIGNING_KEYS has a key that is known to everybody", id="pk.E001"))
    if any(key.secret.decode(errors="replace") in others for key in keys):
        errors.append(Error("a key of JWT_SIGNING_KEYS is used for something else too", id="pk.E002"))
    return errors


@register(Tags.security)
def devices_are_let_in_by_a_known_mode(**_: Any) -> list[CheckMessage]:
    """A compat mode that has ended works like bind, and says something else."""
    if settings.DEVICE_AUTH_MODE not in MODES:
        return [Error(f"DEVICE_AUTH_MODE is none of {', '.join(MODES)}", id="pk.E009")]
    if settings.DEVICE_AUTH_MODE != "compat":
        return []
    if settings.DEVICE_COMPAT_UNTIL is None:
        return [Error("DEVICE_AUTH_MODE compat needs DEVICE_COMPAT_UNTIL", id="pk.E009")]
    days = (settings.DEVICE_COMPAT_UNTIL - timezone.now()).days
    if days < 0:
        return [Error("DEVICE_COMPAT_UNTIL is past: set DEVICE_AUTH_MODE to bind", id="pk.E009")]
    return [Info(f"a device id alone opens an imported account for {days} more days", id="pk.I009")]
