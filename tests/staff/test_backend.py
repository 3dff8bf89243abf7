"""Who is logged in is found together with their second factor, and only while they may log in."""

from typing import Any

import pytest

from apps.accounts.models import User
from apps.staff import second_factor
from apps.staff.backend import StaffBackend


def test_one_query_finds_both(staff: User, django_assert_num_queries: Any) -> None:
    factor = second_factor.begun(staff)
    type(factor).objects.update(confirmed_at=factor.sessions_since)
    with django_assert_num_queries(1):
        assert second_factor.of(StaffBackend().get_user(staff.pk)) == factor


def test_one_that_was_never_confirmed_proves_nothing(staff: User) -> None:
    second_factor.begun(staff)
    assert second_factor.of(StaffBackend().get_user(staff.pk)) is None


@pytest.mark.parametrize("key", [0, None])
def test_who_is_off_or_unknown_is_nobody(staff: User, key: int | None) -> None:
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert StaffBackend().get_user(staff.pk if key is None else key) is None
