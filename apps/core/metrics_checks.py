"""What stops a start: metrics told where nobody can hear them."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register
def workers_tell_their_metrics_somewhere(**_: Any) -> list[CheckMessage]:
    host, _colon, port = settings.METRICS_ADDRESS.rpartition(":")
    if not settings.METRICS_ADDRESS or (host and port.isascii() and port.isdigit()):
        return []
    return [Error("METRICS_ADDRESS is not like 0.0.0.0:9100", id="pk.E011")]
