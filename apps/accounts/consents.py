"""What a user agreed to: each change of mind is a record, the newest one counts."""

from django.db import transaction

from apps.accounts.models import ConsentRecord, User
from apps.core.prepared_query import Given, PreparedQuery

Purpose = ConsentRecord.Purpose
_CURRENT = PreparedQuery(
    lambda: ConsentRecord.objects.filter(user_id=Given("user_id")).order_by("purpose", "-id").distinct("purpose")
)


def current(user_id: int) -> list[ConsentRecord]:
    """The newest record of each purpose that was ever decided."""
    return _CURRENT.objects(user_id=user_id)


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
