"""The health of what emoji are made with: the photo store, and the accounts at the provider."""

from apps.core.health import Check, register
from apps.emoji import availability, backends

# Asking OSS takes its time, and nothing is decided by the answer.
REMEMBERED_SECONDS = 30.0
PATIENCE_SECONDS = 1.0


def storage_answers() -> bool:
    backends.photo_store().probe(PATIENCE_SECONDS)
    return True


def provider_works() -> bool:
    """An account at least; a day's cap that is reached is no fault."""
    pause = availability.generation_pause()
    return pause is None or pause.reason != availability.NO_ACCOUNT


register(
    Check("storage", storage_answers, remembered_seconds=REMEMBERED_SECONDS),
    Check("provider", provider_works, remembered_seconds=availability.REMEMBERED_SECONDS),
)
