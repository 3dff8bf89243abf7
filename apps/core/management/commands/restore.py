"""Fills an empty database from a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import backup
from apps.core.backup import BackupFailed


class Command(BaseCommand):
    help = "Fill the empty database that DATABASE_URL names. First stop every process that ran on the lost one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ids_from = backup.restore(options["file"])
        except BackupFailed as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"restored; ids are made again from {ids_from:%H:%M:%S} UTC on")
        self.stdout.write("next: manage.py migrate, manage.py check_invariants, then start the product")
