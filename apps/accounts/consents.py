"""What a user agreed to: each change of mind is a record, the newest one counts."""

from django.db import transaction

from apps.accounts.models import ConsentRecord, User

Purpose = ConsentRecord.Purpose


def current(user_id: int) -> list[ConsentRecord]:
    """The newest record of each purpose that was ever decided."""
    return list(ConsentRecord.objects.filter(user_id=user_id).order_by("purpose", "-id").distinct("purpose"))


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
