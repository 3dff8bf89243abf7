"""No process of the product starts with settings that the system checks refuse; manage.py alone would look.

In production that is `check --deploy --fail-level WARNING`.
"""

import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError


def require_sound_settings() -> None:
    """Ends the process with the list of what is wrong."""
    try:
        call_command("check", deploy=settings.PRODUCTION, fail_level="WARNING" if settings.PRODUCTION else "ERROR")
    except SystemCheckError as error:
        sys.exit(str(error))
