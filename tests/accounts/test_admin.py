"""What staff may type about a person, and what a typed word leaves alone."""

from typing import Any

from django.contrib import admin
from django.test import RequestFactory

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip
from tests.audit_log import written

BECAUSE = {"audit_reason": "a test"}


def typed(rf: RequestFactory, staff: User, user: User, **fields: Any) -> Any:
    """The form of a person as it was sent, before it is saved."""
    request = rf.post("/", fields | BECAUSE)
    request.user = staff
    form = admin.site._registry[User].get_form(request, user, change=True)(request.POST, instance=user)
    assert form.is_valid()
    return request, form


def test_what_changes_while_staff_type_is_not_undone(rf: RequestFactory, staff: User, user: User) -> None:
    request, form = typed(rf, staff, User.objects.get(id=user.id), nickname="Ming")
    vip.write(user.id, Vip(is_lifetime=True))
    page = admin.site._registry[User]
    page.save_model(request, form.instance, form, change=True)
    page.log_change(request, form.instance, [])
    read = User.objects.get(id=user.id)
    assert (read.nickname, read.vip_is_lifetime) == ("Ming", True)
    assert read.updated_at > user.updated_at
    assert [sorted(deed.after or ()) for deed in written()] == [["nickname", "updated_at"]]
