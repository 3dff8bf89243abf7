"""What staff may do for a person, each on a page of its own."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.accounts import data_export, deletion, profile, sessions
from apps.accounts.data_export import ExportInProgress
from apps.accounts.deletion import DeletionNotScheduled
from apps.accounts.models import DataExport, Session, User
from apps.backoffice import confirmation
from apps.backoffice.confirmation import Deed, Refused
from apps.billing import sync
from apps.billing.models import Order
from apps.billing.revenuecat_api import SyncUnavailable
from apps.core.errors import DailyLimitReached
from apps.points import freezing
from apps.staff import audit


def person_deed(request: HttpRequest, user_id: int, deed: str) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    if deed not in DEEDS:
        raise Http404
    return confirmation.page(request, DEEDS[deed](user), user, reverse("admin:accounts_user_change", args=[user_id]))


def _sync(user: User) -> Deed:
    return Deed(
        action="user.sync",
        permission="billing.change_revenuecatevent",
        title="Sync from RevenueCat",
        meaning="RevenueCat is asked what this person has, and what its webhooks missed is healed. Nothing is doubled.",
        perform=lambda _: _synced(user),
        facts=partial(_billing_facts, user.id),
        calls_out=True,
    )


def _synced(user: User) -> str:
    if user.erased_at:
        raise Refused("The account is deleted. To ask about it would make its customer at RevenueCat anew.")
    try:
        orders = sync.sync(user)
    except SyncUnavailable as error:
        raise Refused("RevenueCat could not be asked: there is no key for it, or it does not answer.") from error
    return f"RevenueCat was asked; {len(orders)} orders came of it."


def _log_out(user: User) -> Deed:
    return Deed(
        action="user.log_out",
        permission="accounts.suspend_user",
        title="Log out everywhere",
        meaning="Every session of this person ends at once. Their phones log in again with their own secret.",
        perform=lambda _: _logged_out(user),
        facts=lambda: {"sessions": sessions.living(user.id).count()},
    )


def _logged_out(user: User) -> str:
    sessions.end_all(user.id, Session.Reason.STAFF)
    return "Every session was ended."


def _remove_avatar(user: User) -> Deed:
    return Deed(
        action="user.remove_avatar",
        permission="accounts.change_user",
        title="Remove the avatar",
        meaning="The profile shows no picture any more, and the picture is deleted. The person may set another one.",
        perform=lambda _: _avatar_removed(user.id),
        facts=lambda: {"has_avatar": User.objects.filter(id=user.id).exclude(avatar_key="").exists()},
    )


def _avatar_removed(user_id: int) -> str:
    if not User.objects.locked(user_id).avatar_key:
        raise Refused("There is no avatar.")
    profile.change(user_id, {"avatar_key": ""})
    return "The avatar was removed."


def _freeze(user: User) -> Deed:
    return Deed(
        action="points.freeze",
        permission="points.adjust_points",
        title="Freeze points",
        meaning="This person can spend nothing until the points are thawed. What they buy or are given still comes.",
        perform=lambda _: _frozen(user),
        facts=lambda: {"is_frozen": freezing.is_frozen(user.id)},
    )


def _frozen(user: User) -> str:
    if not freezing.freeze(user.id):
        raise Refused("The points are frozen already.")
    return "The points are frozen."


def _thaw(user: User) -> Deed:
    return Deed(
        action="points.thaw",
        permission="points.adjust_points",
        title="Thaw points",
        meaning="This person can spend their points again.",
        perform=lambda _: _thawed(user),
        facts=lambda: {"is_frozen": freezing.is_frozen(user.id)},
    )


def _thawed(user: User) -> str:
    if not freezing.thaw(user.id):
        raise Refused("The points are not frozen.")
    return "The points can be spent again."


def _export(user: User) -> Deed:
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


def _delete(user: User) -> Deed:
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


def _keep(user: User) -> Deed:
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


def _billing_facts(user_id: int) -> audit.Facts:
    user = User.objects.get(id=user_id)
    orders = Order.objects.filter(user=user).count()
    return {"vip_expires_at": user.vip_expires_at, "vip_is_lifetime": user.vip_is_lifetime, "orders": orders}


DEEDS: dict[str, Callable[[User], Deed]] = {
    "sync": _sync,
    "log-out": _log_out,
    "remove-avatar": _remove_avatar,
    "freeze": _freeze,
    "thaw": _thaw,
    "export": _export,
    "delete": _delete,
    "keep": _keep,
}
