"""What a user agreed to: each change of mind is a record, the newest one counts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from apps.accounts.models import ConsentRecord, User
from apps.core.errors import DomainError
from apps.core.prepared_query import Given, PreparedQuery
from apps.remoteconfig import values

Purpose = ConsentRecord.Purpose
_NEWEST = ConsentRecord.objects.order_by("purpose", "-id").distinct("purpose")
_CURRENT = PreparedQuery(lambda: _NEWEST.filter(user_id=Given("user_id")))


class ConsentRequired(DomainError):
    """`version` is of the text to agree to; null when there is one text only."""

    code = "consent_required"
    status = 403
    title = "Agree to how your photos are processed first"
    param_names = ("purpose", "version")


def require(user_id: int, purpose: Purpose) -> None:
    """Where the configuration asks for it, whoever has not agreed to its version goes no further.

    Raises ConsentRequired.
    """
    config = values.current().values
    if not config[f"consent.{purpose}.required"]:
        return
    version = config[f"consent.{purpose}.version"]
    decided = next((record for record in current(user_id) if record.purpose == purpose), None)
    if decided is None or not decided.granted or version not in (None, decided.version):
        raise ConsentRequired(purpose=purpose.value, version=version)


def current(user_id: int) -> list[ConsentRecord]:
    """The newest record of each purpose that was ever decided."""
    return _CURRENT.objects(user_id=user_id)


def beside(user_id: OuterRef) -> ArraySubquery:
    """For a query of something of a user: what `current` tells, as `read` reads it."""
    told = JSONObject(**{name: name for name in ("purpose", "version", "granted", "created_at")})
    return ArraySubquery(_NEWEST.filter(user_id=user_id).values_list(told))


def read(told: Iterable[dict[str, Any]]) -> list[ConsentRecord]:
    return [ConsentRecord(**one | {"created_at": datetime.fromisoformat(one["created_at"])}) for one in told]


@transaction.atomic
def decide(user_id: int, purpose: Purpose, *, version: str, granted: bool, app_version: str) -> ConsentRecord:
    """The same decision again is no new record."""
    User.objects.locked(user_id)
    newest = ConsentRecord.objects.filter(user_id=user_id, purpose=purpose).order_by("-id").first()
    if newest and (newest.version, newest.granted) == (version, granted):
        return newest
    record = ConsentRecord(user_id=user_id, purpose=purpose, version=version, granted=granted, app_version=app_version)
    record.save()
    return record
