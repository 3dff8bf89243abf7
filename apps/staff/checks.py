from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def production_asks_for_a_second_factor(**_: Any) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR or not settings.PRODUCTION:
        return []
    return [Error("STAFF_SECOND_FACTOR is off: a password alone must not open the staff pages", id="pk.E020")]
