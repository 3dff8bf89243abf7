from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register


@register(Tags.security)
def production_asks_for_a_second_factor(**_: Any) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR or not settings.PRODUCTION:
        return []
    return [Error("STAFF_SECOND_FACTOR is off: a password alone must not open the staff pages", id="pk.E020")]


@register(Tags.security)
def the_staff_pages_are_not_where_all_look(**_: Any) -> list[CheckMessage]:
    """Told only: bookmarks of staff lead there."""
    if not settings.PRODUCTION or settings.ADMIN_PATH.lower() != "admin":
        return []
    return [Info("ADMIN_PATH is admin, where every scanner looks for staff pages", id="pk.I020")]
