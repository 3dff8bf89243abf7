import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from apps.staff import audit, letters
from apps.staff.models import Mailbox
from apps.staff.roles import ROLES

PASSWORD_BYTES = 18


class Command(BaseCommand):
    help = "Make a member of staff, or change their role; a new one's password is printed once. Only from a shell."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--role",
            action="append",
            choices=sorted(ROLES),
            default=[],
            help="may be repeated; without any, the roles stay",
        )
        parser.add_argument("--mail", default="", help="the address at which they are told what concerns their account")
        parser.add_argument("--off", action="store_true", help="they may not log in any more")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        users: Any = get_user_model()._default_manager
        staff = users.filter(username=options["username"]).first()
        if staff is None and options["off"]:
            raise CommandError(f"no member of staff is called {options['username']}")
        if staff is None:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            staff = users.create_user(options["username"], password, is_staff=True)
            self.stdout.write(f"password of {options['username']}: {password}")
        before = {"groups": sorted(group.name for group in staff.groups.all()), "is_active": staff.is_active}
        staff.is_staff, staff.is_active = True, not options["off"]
        staff.save(update_fields=("is_staff", "is_active", "updated_at"))
        if options["role"] or options["off"]:
            staff.groups.set(Group.objects.filter(name__in=options["role"]))
        if options["mail"]:
            _give_mailbox(staff, _address(options["mail"]))
        after = {"groups": sorted(group.name for group in staff.groups.all()), "is_active": staff.is_active}
        audit.record(None, "staff.account", staff, before=before, after=after)
        letters.tell_owner(staff.pk, f"Your account was changed; its roles: {', '.join(after['groups']) or 'none'}")


def _give_mailbox(staff: Any, address: str) -> None:
    """Who reads the one before is told."""
    if Mailbox.objects.filter(staff=staff).exclude(address=address).exists():
        letters.tell_owner(staff.pk, letters.NEW_ADDRESS)
    Mailbox.objects.update_or_create(staff=staff, defaults={"address": address})


def _address(typed: str) -> str:
    try:
        validate_email(typed)
    except ValidationError as error:
        raise CommandError(f"{typed} is no mail address") from error
    return typed
