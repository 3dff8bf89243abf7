"""Gives the database role its time-outs; once, before PgBouncer comes in between."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core import session_limits


class Command(BaseCommand):
    help = "Make our time-outs the defaults of the role in DATABASE_URL."

    def handle(self, *args: Any, **options: Any) -> None:
        role = session_limits.give_to_role()
        self.stdout.write(f"{role}: " + ", ".join(f"{name}={value}" for name, value in session_limits.LIMITS.items()))
