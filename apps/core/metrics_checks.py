"""What stops a start: metrics behind a word that is easily guessed, or told where nobody can hear them."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST_TOKEN = 32
LEAST_DIFFERENT = 5


@register(Tags.security)
def metrics_are_behind_a_real_token(**_: Any) -> list[CheckMessage]:
    """None is fine: then there is no such page."""
    token = settings.METRICS_TOKEN
    is_weak = len(token) < SHORTEST_TOKEN or len(set(token)) < LEAST_DIFFERENT
    if not settings.PRODUCTION or not token or not is_weak:
        return []
    return [Error(f"METRICS_TOKEN is easily guessed, or shorter than {SHORTEST_TOKEN} characters", id="pk.E001")]


@register
def workers_tell_their_metrics_somewhere(**_: Any) -> list[CheckMessage]:
    host, _colon, port = settings.METRICS_ADDRESS.rpartition(":")
    if not settings.METRICS_ADDRESS or (host and port.isascii() and port.isdigit()):
        return []
    return [Error("METRICS_ADDRESS is not like 0.0.0.0:9100", id="pk.E011")]
