from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.staff import audit, letters, second_factor


class Command(BaseCommand):
    help = (
        "Forget the second factor of a member of staff: every session of theirs ends, the next login sets up a new one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="kept in the audit log")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        users: Any = get_user_model()._default_manager
        staff = users.filter(username=options["username"], is_staff=True).first()
        if staff is None:
            raise CommandError(f"no member of staff is called {options['username']}")
        had = second_factor.forget(staff)
        audit.record(None, "second_factor.reset", staff, reason=options["reason"])
        letters.tell_owner(staff.pk, "Your second factor was taken off your account; the next login sets up a new one")
        self.stdout.write("forgotten; the next login sets up a new one" if had else "there was none")
