"""What a user has, and which of it will be gone next."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from apps.core.prepared_query import Given, PreparedQuery
from apps.points.models import GrantLot, UserPoints


@dataclass(frozen=True, slots=True)
class NextExpiry:
    remaining: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """Points. `updated_at` is None for who never had any."""

    balance: int
    purchased: int
    granted: int
    is_frozen: bool
    next_expiry: NextExpiry | None
    updated_at: datetime | None


_LOTS = GrantLot.objects.filter(user_id=OuterRef("user_id"), remaining__gt=0).order_by("expires_at")
_OF_USER = PreparedQuery(
    lambda: UserPoints.objects.filter(user_id=Given("user_id")).values_list(
        *("balance", "purchased", "granted", "frozen_at", "updated_at"),
        *(Subquery(_LOTS.values(name)[:1]) for name in ("remaining", "expires_at")),
    )
)
NOTHING = Balance(0, 0, 0, False, None, None)


def of_user(user_id: int) -> Balance:
    for balance, purchased, granted, frozen_at, updated_at, remaining, expires_at in _OF_USER.rows(user_id=user_id):
        lot = NextExpiry(remaining, expires_at) if remaining else None
        return Balance(balance, purchased, granted, bool(frozen_at), lot, updated_at)
    return NOTHING
