"""The sign of life of a process that nobody can call: the time of a file, for docker/health.py."""

from pathlib import Path
from typing import Any

from django.conf import settings


def beat(**_: Any) -> None:
    """Without HEARTBEAT_FILE nobody looks."""
    if settings.HEARTBEAT_FILE:
        Path(settings.HEARTBEAT_FILE).touch()
