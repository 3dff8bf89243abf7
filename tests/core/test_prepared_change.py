"""A prepared change brings what it has changed, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.db.models import F

from apps.accounts.models import Device, User
from apps.core.prepared_change import PreparedChange
from apps.core.prepared_query import Given, PreparedUpdate

pytestmark = pytest.mark.django_db

RENAMED = PreparedChange(
    lambda: Device.objects.select_related("user"),
    PreparedUpdate(lambda: Device.objects.filter(id=Given("device_id")), app_version=Given("version")),
)
AGED: PreparedChange[User] = PreparedChange(
    lambda: User.objects.all(),
    PreparedUpdate(
        lambda: User.objects.filter(id=Given("user_id")), profile_version=F("profile_version") + Given("by")
    ),
)


def test_it_brings_the_row_as_it_is_now_with_its_relatives(
    new_device: Callable[[], Device], django_assert_num_queries: Any
) -> None:
    device, other = new_device(), new_device()
    with django_assert_num_queries(1):
        found = RENAMED.first(device_id=device.id, version="2.0.0")
        assert found
        assert (found, found.user, found.app_version) == (device, device.user, "2.0.0")
    other.refresh_from_db()
    assert other.app_version == "1.0.0"


def test_what_does_not_exist_is_not_brought(new_device: Callable[[], Device]) -> None:
    new_device()
    assert RENAMED.first(device_id=1, version="2.0.0") is None


def test_a_value_may_be_reckoned_with(user: User) -> None:
    assert [(one, one.profile_version) for one in AGED.objects(user_id=user.id, by=3)] == [(user, 4)]


def test_an_error_spoils_the_transaction_around_it(user: User) -> None:
    with transaction.atomic():
        with pytest.raises(DataError):
            AGED.first(user_id=user.id, by=10**12)
        assert connection.needs_rollback
        transaction.set_rollback(True)
