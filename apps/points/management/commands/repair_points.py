"""Shows balances that the ledger does not explain and, with --apply, appends the rows that explain them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.points import repair

REASON = "repair_points: the balance was not the sum of its ledger rows"


class Command(BaseCommand):
    help = "Propose correcting rows for drifted balances; it only ever appends, and running it twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="append the rows")
        parser.add_argument("--staff", default="", help="username of who answers for it; needed with --apply")

    def handle(self, *args: Any, **options: Any) -> None:
        staff = self._staff(options["staff"]) if options["apply"] else None
        drifted = repair.drifted_users()
        for user_id in drifted:
            self.stdout.write(f"user {user_id}: {repair.described(user_id)}")
        self.stdout.write(f"{len(drifted)} drifted balances" + ("" if staff else "; nothing was changed"))
        if staff and (left := [user_id for user_id in drifted if not self._explained(user_id, staff)]):
            raise CommandError(f"put the rows of {', '.join(map(str, left))} back from a backup: nothing was appended")

    def _explained(self, user_id: int, staff: User) -> bool:
        try:
            rows = repair.explain_drift(user_id, staff_id=staff.id, reason=REASON)
        except repair.RowsMissing:
            return False
        self.stdout.write(f"user {user_id}: appended {', '.join(f'{row.amount:+}' for row in rows)}")
        return True

    @staticmethod
    def _staff(username: str) -> User:
        staff = User.objects.filter(username=username or None, is_staff=True).first()
        if staff is None:
            raise CommandError("--apply needs --staff, the username of a member of staff")
        return staff
