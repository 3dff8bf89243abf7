"""Says whether everything that must always be true of the stored rows is; it only reads."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import invariant_run
from apps.core.invariants import registered


class Command(BaseCommand):
    help = "Check the invariants of the stored data; exit 1 names the first rows that break one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        result = invariant_run.look()
        if options["json"]:
            self.stdout.write(
                json.dumps({"checked": result.checked, "broken": result.broken, "took_ms": result.took_ms})
            )
        else:
            self._tell(result.broken)
        if result.broken:
            raise CommandError(f"broken: {', '.join(result.broken)}")

    def _tell(self, broken: dict[str, dict[str, Any]]) -> None:
        for one in registered():
            rows = broken[one.code]["rows"] if one.code in broken else []
            self.stdout.write(f"{'BROKEN' if rows else 'holds '}  {one.code:4} {one.sentence}")
            for row in rows:
                self.stdout.write(f"            {row}")
