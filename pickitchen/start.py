"""No process of the product starts with settings that the system checks refuse; manage.py alone would look."""

import sys

from django.core.management import call_command
from django.core.management.base import SystemCheckError


def require_sound_settings() -> None:
    """Ends the process with the list of what is wrong."""
    try:
        call_command("check")
    except SystemCheckError as error:
        sys.exit(str(error))
