from typing import Any

from django.core.management.base import BaseCommand

from apps.remoteconfig.packaged import DEFAULTS
from apps.remoteconfig.reference import rendered


class Command(BaseCommand):
    help = "Print docs/remote-config.md as the schema has it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(rendered(DEFAULTS), ending="")
