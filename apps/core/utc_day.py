"""Days as limits count them: from midnight to midnight, UTC."""

from datetime import datetime


def midnight(moment: datetime) -> datetime:
    """The one before a moment of UTC, or at it."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
