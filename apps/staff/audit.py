"""The audit log: what staff did, to what, why, and what it was before and after.

Nothing secret is written: what is named or looks like a secret is removed, however it got into the facts. Nor is what
must be forgotten with its person, as the lines stay for ever: a model names such fields in `never_audited`.
"""

import json
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.http import HttpRequest

from apps.core.client_address import client_address
from apps.core.request_id import current_request_id
from apps.core.scrubbing import REMOVED, scrubbed
from apps.staff.models import StaffAction

Facts = Mapping[str, Any]


def record(
    request: HttpRequest | None,
    action: str,
    obj: Model | None,
    *,
    reason: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> StaffAction:
    """In the caller's transaction: what is undone was not done. Without a request it was done in a shell."""
    return StaffAction.objects.create(
        staff_id=_staff_id(request),
        action=action,
        object_type=obj._meta.label_lower if obj else "",
        object_id=str(obj.pk) if obj else "",
        reason=reason,
        before=_clean(before, obj),
        after=_clean(after, obj),
        request_id=current_request_id(),
        address=_address(request) if request else None,
    )


def snapshot(obj: Model) -> dict[str, Any]:
    """Every column, and the keys of what it is linked to many times; bytes never."""
    facts = {field.attname: field.value_from_object(obj) for field in obj._meta.concrete_fields}
    linked = {
        field.name: sorted(str(other.pk) for other in field.value_from_object(obj))
        for field in obj._meta.many_to_many
        if obj.pk
    }
    return {name: _told(value) for name, value in (facts | linked).items()}


def difference(before: Facts, after: Facts) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changed, as it was and as it is."""
    changed = [name for name in before if before[name] != after.get(name)]
    return {name: before[name] for name in changed}, {name: after.get(name) for name in changed}


def _told(value: Any) -> Any:
    return REMOVED if isinstance(value, bytes | bytearray | memoryview) else value


def _clean(facts: Facts | None, obj: Model | None) -> Any:
    if facts is None:
        return None
    hidden: Collection[str] = getattr(obj, "never_audited", ())
    told = {name: REMOVED if name in hidden else value for name, value in facts.items()}
    return scrubbed(json.loads(json.dumps(told, cls=_Encoder)))


class _Encoder(DjangoJSONEncoder):
    """Of what JSON has no word for, its text."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _staff_id(request: HttpRequest | None) -> int | None:
    user = getattr(request, "user", None)
    return int(user.pk) if user and user.is_authenticated else None


def _address(request: HttpRequest) -> str | None:
    try:
        return str(ip_address(client_address(request)))
    except ValueError:
        return None
