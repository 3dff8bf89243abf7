"""What users say of themselves; `profile_version` counts the changes."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models.functions import Now

from apps.accounts import avatars
from apps.accounts.models import User
from apps.accounts.sessions import SessionRevoked
from apps.core.errors import DomainError

DEFAULT_LOCALE = "en"
DEFAULT_TIMEZONE = "UTC"
# Some systems keep their own zone beside those of the database.
OF_THE_SERVER = "localtime"
# Language, script and region of BCP 47.
LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?", re.ASCII)


class PreconditionFailed(DomainError):
    code = "precondition_failed"
    status = 412
    title = "The profile was changed meanwhile; load it again"


@transaction.atomic
def change(user_id: int, changes: Mapping[str, str], versions: set[int] | None = None) -> User:
    """The user afterwards. With `versions`, only if the profile has one of them.

    Raises PreconditionFailed; SessionRevoked for who was forgotten meanwhile; Conflict for an avatar that was not taken
    in time.
    """
    user = User.objects.locked(user_id)
    if user.erased_at:
        raise SessionRevoked
    require_version(user, versions)
    changed: dict[str, Any] = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if "avatar_key" in changed:
        avatars.take(user, changed["avatar_key"])
    if changed:
        changed["profile_version"] = user.profile_version + 1
        User.objects.filter(id=user_id).update(**changed, updated_at=Now())
        user.refresh_from_db()
    return user


def require_version(user: User, versions: set[int] | None) -> None:
    """Raises PreconditionFailed."""
    if versions is not None and user.profile_version not in versions:
        raise PreconditionFailed


def locale_named(written: str) -> str | None:
    """As BCP 47 writes it (zh-Hans-CN); None for what is no locale."""
    found = LOCALE.fullmatch(written)
    if not found:
        return None
    language, script, region = found.groups(default="")
    return "-".join(part for part in (language.lower(), script.title(), region.upper()) if part)


def timezone_named(written: str) -> str | None:
    """None for what the IANA database does not have."""
    return written if written in _timezones() else None


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones() - {OF_THE_SERVER})
