"""Makes a backup of the database; for a cron job of a machine with PostgreSQL's client programs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import backup
from apps.core.backup import BackupFailed


class Command(BaseCommand):
    help = "Write a backup of the whole database into a folder, and note it for the metric of its age."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = backup.take(options["folder"])
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(path))
