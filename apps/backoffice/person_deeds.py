"""What staff may do for a person, each on a page of its own."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.accounts import profile, sessions
from apps.accounts.models import Session, User
from apps.backoffice import confirmation, data_deeds, points_deeds
from apps.backoffice.confirmation import Deed, Refused
from apps.billing import sync
from apps.billing.models import Order
from apps.billing.revenuecat_api import SyncUnavailable
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


def _billing_facts(user_id: int) -> audit.Facts:
    user = User.objects.get(id=user_id)
    orders = Order.objects.filter(user=user).count()
    return {"vip_expires_at": user.vip_expires_at, "vip_is_lifetime": user.vip_is_lifetime, "orders": orders}


DEEDS: dict[str, Callable[[User], Deed]] = {
    "sync": _sync,
    "log-out": _log_out,
    "remove-avatar": _remove_avatar,
    "freeze": points_deeds.freeze,
    "thaw": points_deeds.thaw,
    "export": data_deeds.export,
    "delete": data_deeds.delete,
    "keep": data_deeds.keep,
}
