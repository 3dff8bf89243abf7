"""Role × action, by the addresses that browsers ask for."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.billing.models import RevenueCatEvent
from apps.emoji.models import EmojiTask, TaskReport
from apps.points.models import PendingAdjustment
from apps.staff import roles
from tests.billing.conftest import pack
from tests.staff.conftest import at_work

ROLES = ("support", "operator", "finance", "admin", "none")
# Which roles are let in; everybody else is refused.
TABLE: dict[str, set[str]] = {
    "GET /admin/accounts/user/": {"support", "operator", "finance", "admin"},
    "GET /admin/accounts/user/{user}/change/": {"support", "operator", "finance", "admin"},
    "POST /admin/accounts/user/{user}/change/": {"support", "admin"},
    "GET /admin/accounts/user/{user}/delete/": set(),
    "GET /admin/accounts/user/add/": set(),
    "GET /admin/accounts/user/{user}/suspension/": {"support", "admin"},
    "GET /admin/points/userpoints/adjust/{user}/": {"support", "finance", "admin"},
    "POST /admin/points/userpoints/adjust/{user}/": {"support", "finance", "admin"},
    "GET /admin/points/pendingadjustment/": {"support", "operator", "finance", "admin"},
    "GET /admin/points/pendingadjustment/{pending}/decide/": {"finance", "admin"},
    "POST /admin/points/pendingadjustment/{pending}/decide/": {"finance", "admin"},
    "GET /admin/points/pointtransaction/": {"support", "operator", "finance", "admin"},
    "GET /admin/points/pointtransaction/add/": set(),
    "POST /admin/points/pointtransaction/add/": set(),
    "GET /admin/emoji/emojitask/": {"support", "operator", "finance", "admin"},
    "POST /admin/emoji/emojitask/add/": set(),
    "GET /admin/billing/order/": {"support", "operator", "finance", "admin"},
    "GET /admin/billing/revenuecatevent/": {"support", "operator", "finance", "admin"},
    "POST /admin/billing/revenuecatevent/add/": set(),
    "GET /admin/remoteconfig/configrevision/": {"support", "operator", "finance", "admin"},
    "GET /admin/remoteconfig/configrevision/set/{key}/": {"operator", "admin"},
    "GET /admin/remoteconfig/pointspack/add/": {"finance", "admin"},
    "GET /admin/core/invariantrun/": {"operator", "admin"},
    "GET /admin/django_celery_beat/periodictask/": {"operator", "admin"},
    "GET /admin/django_celery_beat/periodictask/add/": set(),
    "GET /admin/auth/group/": {"admin"},
    "GET /admin/auth/group/add/": set(),
    "GET /admin/staff/staffaction/": {"admin"},
    "POST /admin/staff/staffaction/add/": set(),
    "GET /admin/staff/secondfactor/": {"admin"},
    "GET /admin/": {"support", "operator", "finance", "admin", "none"},
    "GET /admin/find/": {"support", "operator", "finance", "admin", "none"},
    "GET /admin/people/{user}/do/sync/": {"operator", "admin"},
    "GET /admin/people/{user}/do/log-out/": {"support", "admin"},
    "GET /admin/people/{user}/do/freeze/": {"support", "finance", "admin"},
    "GET /admin/people/{user}/do/thaw/": {"support", "finance", "admin"},
    "GET /admin/people/{user}/do/export/": {"admin"},
    "POST /admin/people/{user}/do/export/": {"admin"},
    "GET /admin/people/{user}/do/delete/": {"admin"},
    "POST /admin/people/{user}/do/delete/": {"admin"},
    "POST /admin/people/{user}/do/keep/": {"admin"},
    "GET /admin/devices/{device}/do/lock-out/": {"support", "admin"},
    "POST /admin/devices/{device}/do/let-in/": {"support", "admin"},
    "GET /admin/events/{event}/process/": {"operator", "admin"},
    "POST /admin/events/{event}/process/": {"operator", "admin"},
    "GET /admin/tasks/{task}/do/retry/": {"support", "operator", "admin"},
    "GET /admin/tasks/{task}/do/check/": {"support", "operator", "admin"},
    "GET /admin/tasks/{task}/do/cancel/": {"support", "operator", "admin"},
    "GET /admin/tasks/{task}/do/refund/": {"support", "admin"},
    "POST /admin/tasks/{task}/do/refund/": {"support", "admin"},
    "GET /admin/reports/{report}/": {"support", "admin"},
    "GET /admin/reports/{report}/do/dismiss/": {"support", "admin"},
    "POST /admin/reports/{report}/do/delete/": {"support", "admin"},
}

LEADING = (
    "/admin/accounts/user/{user}/change/",
    "/admin/points/pendingadjustment/",
    "/admin/emoji/taskreport/",
    "/admin/emoji/emojitask/{task}/change/",
    "/admin/billing/revenuecatevent/{event}/change/",
)


@pytest.fixture
def addresses(user: User, staff: User, task: EmojiTask, send_event: Callable[..., Any]) -> dict[str, Any]:
    send_event("NON_RENEWING_PURCHASE", **pack(user))
    report = TaskReport.objects.create(user=user, task=task, reason="wrong")
    pending = PendingAdjustment.objects.create(
        user=user,
        amount=1,
        bucket="granted",
        reason="Test",
        token=uuid4(),
        requested_by=staff,
        expires_at=timezone.now() + timedelta(days=1),
    )
    event = RevenueCatEvent.objects.get()
    return {
        **{"user": user.pk, "device": user.devices.get().pk, "pending": pending.pk, "key": "points_rules.emoji"},
        **{"task": task.pk, "event": event.pk, "report": report.pk},
    }


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_let_in_where_the_table_says(role: str, addresses: dict[str, Any]) -> None:
    _, browser = at_work("ann", role)
    wrong = [
        f"{action}: {status}"
        for action, let_in in TABLE.items()
        if (status := asked(browser, action.format(**addresses))) not in ((200, 302) if role in let_in else (403,))
    ]
    assert wrong == []


@pytest.mark.parametrize("role", ["support", "operator", "finance"])
def test_no_page_leads_where_its_reader_is_not_let_in(role: str, addresses: dict[str, Any]) -> None:
    _, browser = at_work("ann", role)
    links = {
        link
        for page in LEADING
        for link in re.findall(
            r'href="(/admin/[^"#?]*\d+/[^"#?]*)"', browser.get(page.format(**addresses)).content.decode()
        )
    }
    assert [link for link in links if browser.get(link).status_code == 403] == []


def asked(browser: Client, action: str) -> int:
    """302 is a form that was taken, and 200 one that was shown or found incomplete."""
    method, address = action.split()
    return int(getattr(browser, method.lower())(address).status_code)


@pytest.mark.parametrize("action", TABLE)
def test_nobody_is_let_in_without_logging_in(action: str, addresses: dict[str, Any]) -> None:
    method, address = action.format(**addresses).split()
    answer = getattr(Client(), method.lower())(address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.django_db
def test_the_groups_follow_the_table_after_each_migration() -> None:
    support = Group.objects.get(name="support")
    support.permissions.remove(*support.permissions.all()[:3])
    support.permissions.add(Permission.objects.get(codename="approve_adjustment"))
    call_command("migrate", verbosity=0)
    for label in roles.OURS:
        roles.grant(label)
    names = set(support.permissions.values_list("codename", flat=True))
    assert {"adjust_points", "suspend_user", "view_order"} <= names
    assert "approve_adjustment" not in names


@pytest.mark.django_db
def test_every_right_of_the_table_exists() -> None:
    known = {
        f"{label}.{codename}"
        for label, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    asked_for = {word for words in roles.ROLES.values() for word in words if not word.endswith((".view", ".*"))}
    assert asked_for <= known
