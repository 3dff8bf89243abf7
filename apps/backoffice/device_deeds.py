"""What staff may do with a person's phone. It is written down at the person, on whose page it is shown."""

from collections.abc import Callable
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.accounts import lockout
from apps.accounts.models import Device
from apps.backoffice import confirmation
from apps.backoffice.confirmation import Deed, Refused
from apps.staff import audit


def device_deed(request: HttpRequest, device_id: int, deed: str) -> HttpResponse:
    device = get_object_or_404(Device.objects.select_related("user"), id=device_id)
    if deed not in DEEDS:
        raise Http404
    back = reverse("admin:accounts_user_change", args=[device.user_id])
    return confirmation.page(request, DEEDS[deed](device), device.user, back)


def _lock_out(device: Device) -> Deed:
    return Deed(
        action="device.lock_out",
        permission="accounts.suspend_user",
        title=f"Lock out the phone {device}",
        meaning="Its sessions end at once, and nothing that it shows lets it in again until staff do. The account stays"
        " as it is.",
        perform=lambda _: _locked_out(device),
        facts=partial(_facts, device.id),
        is_dangerous=True,
    )


def _locked_out(device: Device) -> str:
    if not lockout.lock_out(device):
        raise Refused("It is locked out already, or is no more.")
    return f"The phone {device} is locked out."


def _let_in(device: Device) -> Deed:
    return Deed(
        action="device.let_in",
        permission="accounts.suspend_user",
        title=f"Let the phone {device} in again",
        meaning="It logs in with its own secret, as before.",
        perform=lambda _: _was_let_in(device),
        facts=partial(_facts, device.id),
    )


def _was_let_in(device: Device) -> str:
    if not lockout.let_in(device):
        raise Refused("It is not locked out, or is no more.")
    return f"The phone {device} may log in again."


def _facts(device_id: int) -> audit.Facts:
    revoked_at = Device.objects.values_list("revoked_at", flat=True).filter(id=device_id).first()
    return {"device": str(device_id), "revoked_at": revoked_at}


DEEDS: dict[str, Callable[[Device], Deed]] = {"lock-out": _lock_out, "let-in": _let_in}
