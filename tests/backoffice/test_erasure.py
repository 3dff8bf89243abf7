"""The admin's own log calls users by their names for as long as they have one."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from apps.accounts.models import User
from apps.backoffice import erasure
from apps.staff.models import StaffAction


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def rename(desk: Client, user: User, nickname: str) -> None:
    desk.post(f"/admin/accounts/user/{user.id}/change/", {"nickname": nickname, "audit_reason": "a test"})


def test_no_log_of_staff_keeps_the_name_of_somebody_forgotten(desk: Client, user: User) -> None:
    for nickname in ("Ann Lee of Leeds", "Ann of Leeds"):
        rename(desk, user, nickname)
    assert {line.object_repr for line in LogEntry.objects.all()} == {"Ann Lee of Leeds", "Ann of Leeds"}
    assert erasure.erase(user.id)
    assert [line.object_repr for line in LogEntry.objects.all()] == [str(user.id)] * 2
    assert "Leeds" not in repr(list(LogEntry.objects.values())) + repr(list(StaffAction.objects.values()))


def test_nobody_else_loses_a_name(desk: Client, user: User, staff: User) -> None:
    rename(desk, user, "Ann")
    erasure.erase(staff.id)
    assert LogEntry.objects.get().object_repr == "Ann"
