"""The audit log tells what happened, keeps no secrets, and cannot be changed."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory

from apps.accounts.models import Device, User
from apps.core.scrubbing import REMOVED
from apps.staff import audit
from apps.staff.models import StaffAction


@pytest.fixture
def request_of_staff(rf: RequestFactory, staff: User) -> Any:
    request = rf.get("/", REMOTE_ADDR="192.0.2.7")
    request.user = staff
    return request


def test_a_line_tells_who_what_why_and_from_where(request_of_staff: Any, staff: User, user: User) -> None:
    audit.record(request_of_staff, "user.test", user, reason="To see", before={"a": 1}, after={"a": 2})
    line = StaffAction.objects.get()
    assert (line.staff, line.action, line.object_type, line.object_id) == (
        staff,
        "user.test",
        "accounts.user",
        str(user.pk),
    )
    assert (line.reason, line.before, line.after, line.address) == ("To see", {"a": 1}, {"a": 2}, "192.0.2.7")


def test_secrets_and_tokens_are_never_written(request_of_staff: Any, staff: User, device: Device) -> None:
    facts = {
        **audit.snapshot(staff),
        "api_key": "abc",
        "note": "his token is eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "inner": {"secret": "hidden", "kept": [1, device.last_login_at, object()]},
    }
    line: Any = audit.record(request_of_staff, "user.test", staff, before=facts, after=audit.snapshot(device))
    line.refresh_from_db()
    kept = str(line.before) + str(line.after)
    assert all(secret not in kept for secret in (staff.password, "abc", "hidden", "eyJ"))
    assert bytes(device.secret_sha256 or b"").hex() not in kept
    assert line.before["inner"]["kept"][0] == 1


def test_what_must_be_forgotten_with_its_person_is_never_written(request_of_staff: Any, user: User) -> None:
    before, user.nickname = audit.snapshot(user), "Ann Lee"
    line: Any = audit.record(request_of_staff, "user.test", user, before=before, after=audit.snapshot(user))
    assert (line.before["nickname"], line.after["nickname"]) == (REMOVED, REMOVED)
    assert line.after["timezone"] == user.timezone


@pytest.mark.parametrize(
    "change",
    ["UPDATE staff_staffaction SET reason = 'x'", "DELETE FROM staff_staffaction", "TRUNCATE staff_staffaction"],
)
def test_the_database_refuses_to_change_it(request_of_staff: Any, staff: User, change: str) -> None:
    audit.record(request_of_staff, "user.test", staff)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="the audit log is append-only"), transaction.atomic():
            cursor.execute(change)
    assert StaffAction.objects.count() == 1


def test_what_was_undone_was_not_done(request_of_staff: Any, staff: User) -> None:
    with transaction.atomic():
        audit.record(request_of_staff, "user.test", staff)
        transaction.set_rollback(True)
    assert not StaffAction.objects.exists()
