"""Closes every Snowflake node for a moment, and notes when; the last step when a database was recovered by other means
than restore, or when a replica stands in for it."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core import snowflake


class Command(BaseCommand):
    help = "See to it that no id and no photo of the time that was lost is taken for another. First stop every process."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"ids are made again from {snowflake.fence_after_restore():%H:%M:%S} UTC on")
