"""Staff stop somebody from spending, and let them spend again. What they buy or are given comes all the same."""

from django.db import transaction
from django.db.models.functions import Now

from apps.points import entries
from apps.points.models import UserPoints


@transaction.atomic
def freeze(user_id: int) -> bool:
    """False when their points are frozen already."""
    points = entries.locked(user_id)
    return bool(UserPoints.objects.filter(id=points.id, frozen_at=None).update(frozen_at=Now()))


@transaction.atomic
def thaw(user_id: int) -> bool:
    """False when their points are not frozen."""
    points = entries.locked(user_id)
    return bool(UserPoints.objects.filter(id=points.id).exclude(frozen_at=None).update(frozen_at=None))


def is_frozen(user_id: int) -> bool:
    return UserPoints.objects.filter(user_id=user_id).exclude(frozen_at=None).exists()
