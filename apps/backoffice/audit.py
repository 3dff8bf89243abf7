"""What staff did, to what, why, and what it was before and after."""

import json
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest

Facts = dict[str, Any]


def record(
    request: HttpRequest,
    *,
    action: str,
    obj: Model,
    reason: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    told = {"action": action, "reason": reason, "before": before or {}, "after": after or {}}
    message = json.dumps(told, default=str, ensure_ascii=False)
    LogEntry.objects.log_actions(int(request.user.pk or 0), [obj], CHANGE, message, single_object=True)
