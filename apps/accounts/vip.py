"""What VIP means, and the only code that writes it."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import User


@dataclass(frozen=True, slots=True)
class Vip:
    """Until when somebody is VIP, or was; `is_lifetime` wins over `expires_at`."""

    expires_at: datetime | None = None
    is_lifetime: bool = False


def is_vip(user: User, at: datetime) -> bool:
    return user.vip_is_lifetime or is_subscribed(user, at)


def is_subscribed(user: User, at: datetime) -> bool:
    """Who has bought VIP for good may have a subscription beside it, which the store goes on to charge for."""
    return user.vip_expires_at is not None and user.vip_expires_at > at


def write(user_id: int, vip: Vip) -> None:
    User.objects.filter(id=user_id).update(vip_expires_at=vip.expires_at, vip_is_lifetime=vip.is_lifetime)
