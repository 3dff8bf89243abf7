"""A suspension has a reason and is done once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts import suspension
from apps.accounts.models import User
from tests.conftest import at


def test_suspending_twice_keeps_the_first_reason(user: User) -> None:
    assert suspension.suspend(user.id, "spam")
    assert not suspension.suspend(user.id, "other")
    user.refresh_from_db()
    assert user.suspension_reason == "spam"
    assert suspension.lift(user.id)
    assert not suspension.lift(user.id)


def test_a_reason_is_needed(user: User) -> None:
    with pytest.raises(ValueError, match="reason"):
        suspension.suspend(user.id, " ")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=user.id).update(suspended_at=timezone.now(), is_active=False)


def test_the_user_is_let_in_from_the_end_on_before_any_job_ran(user: User, app: APIClient) -> None:
    until = timezone.now() + timedelta(minutes=5)
    suspension.suspend(user.id, "rude", until)
    with at(until - timedelta(seconds=2)):
        assert app.get("/api/v1/user/profile").json()["code"] == "account_suspended"
    with at(until + timedelta(seconds=1)):
        assert app.get("/api/v1/user/profile").status_code == 200


def test_one_for_good_does_not_end_by_itself(user: User) -> None:
    suspension.suspend(user.id, "spam")
    suspension.lift_ended(timezone.now() + timedelta(days=10_000))
    user.refresh_from_db()
    assert user.suspended_at is not None


def test_who_is_no_more_is_not_suspended(user: User) -> None:
    User.objects.filter(id=user.id).update(is_active=False, erased_at=timezone.now())
    assert not suspension.suspend(user.id, "spam")
