"""What staff may do in a person's name with what is kept of them: collect it, and have it forgotten."""

from functools import partial

from django.conf import settings

from apps.accounts import data_export, deletion
from apps.accounts.data_export import ExportInProgress
from apps.accounts.deletion import DeletionNotScheduled
from apps.accounts.models import DataExport, User
from apps.backoffice.confirmation import Deed, Refused
from apps.core.errors import DailyLimitReached
from apps.staff import audit


def export(user: User) -> Deed:
    return Deed(
        action="user.export",
        permission="accounts.add_dataexport",
        title="Collect this person's data",
        meaning="All that is kept about this person is collected as a zip. The person finds it in the app for a day.",
        perform=lambda _: _exported(user),
        facts=lambda: {"exports": DataExport.objects.filter(user=user).count()},
    )


def _exported(user: User) -> str:
    try:
        data_export.request(user.id)
    except (ExportInProgress, DailyLimitReached) as error:
        raise Refused(error.sentence) from error
    return "The data are being collected."


def delete(user: User) -> Deed:
    return Deed(
        action="user.delete",
        permission="accounts.delete_user",
        title="Delete the account",
        meaning=f"Every session ends at once. In {settings.ACCOUNT_DELETION_DAYS} days this person is forgotten:"
        " profile, phones, photos and clips go; ledger and orders stay, of nobody. Until then it can be undone. A"
        " subscription goes on until it is cancelled in the store.",
        perform=lambda _: _deleted(user.id),
        facts=partial(_deletion_facts, user.id),
        is_dangerous=True,
    )


def _deleted(user_id: int) -> str:
    user = User.objects.locked(user_id)
    if user.is_staff:
        raise Refused("This is a member of staff, who is switched off instead.")
    if user.deletion_due_at or user.erased_at:
        raise Refused("It is deleted, or will be, already.")
    scheduled = deletion.schedule(user_id, reason="")
    return f"The account will be deleted on {scheduled.due_at:%Y-%m-%d %H:%M} UTC."


def keep(user: User) -> Deed:
    return Deed(
        action="user.keep",
        permission="accounts.delete_user",
        title="Keep the account after all",
        meaning="The deletion is undone, whoever asked for it.",
        perform=lambda _: _kept(user.id),
        facts=partial(_deletion_facts, user.id),
    )


def _kept(user_id: int) -> str:
    try:
        deletion.cancel(user_id)
    except DeletionNotScheduled as error:
        raise Refused("There is no deletion to undo.") from error
    return "The account stays."


def _deletion_facts(user_id: int) -> audit.Facts:
    return dict(User.objects.values("deletion_due_at", "erased_at").get(id=user_id))
