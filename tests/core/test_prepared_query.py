"""A prepared query brings what Django's own brings, for each use anew."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import DurationField, F, Q
from django.db.transaction import TransactionManagementError
from django.forms import model_to_dict

from apps.accounts.models import Device, User
from apps.core.prepared_query import Given, PreparedQuery, PreparedUpdate
from apps.emoji.models import EmojiTask, ProviderHealth

pytestmark = pytest.mark.django_db

WITH_USER = PreparedQuery(lambda: Device.objects.select_related("user", "user__points").filter(id=Given("device_id")))
OF_USER = PreparedQuery(lambda: EmojiTask.objects.of_user(Given("user_id")).order_by("-id"))
LOCKED = PreparedQuery(lambda: User.objects.select_for_update().filter(id=Given("user_id")))
NAMED = PreparedUpdate(lambda: User.objects.filter(id=Given("user_id")), nickname=Given("name"))
AGED = PreparedUpdate(
    lambda: User.objects.filter(Q(id=Given("user_id")) & Q(is_active=True)), profile_version=F("profile_version") + 1
)


def test_it_brings_the_object_of_each_use(new_device: Callable[[], Device], django_assert_num_queries: Any) -> None:
    for device in (new_device(), new_device()):
        with django_assert_num_queries(1):
            found = WITH_USER.first(device_id=device.id)
            assert found
            assert found.user.nickname == ""
            assert not hasattr(found.user, "points")
        again = Device.objects.get(id=device.id)
        assert model_to_dict(found) == model_to_dict(again)
        assert (found.user, found._state.adding, found._state.db) == (device.user, False, "default")
    assert WITH_USER.first(device_id=1) is None


def test_annotations_and_related_rows_come_along(task: EmojiTask, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        (found,) = OF_USER.objects(user_id=task.user_id)
        assert (found, found.template, found.upload) == (task, task.template, task.upload)
        assert found.photo_free_since is None
    assert OF_USER.objects(user_id=1) == []


def test_values_are_converted_as_django_does() -> None:
    ProviderHealth.objects.create(account="main", fault="account", open_until="2026-12-01T12:00Z")
    query: PreparedQuery[ProviderHealth] = PreparedQuery(
        lambda: ProviderHealth.objects.values_list("account", "open_until")
    )
    assert list(map(tuple, query.rows())) == list(ProviderHealth.objects.values_list("account", "open_until"))


@pytest.mark.django_db(transaction=True)
def test_a_lock_wants_a_transaction(user: User) -> None:
    for _ in range(2):
        with transaction.atomic():
            assert LOCKED.first(user_id=user.id) == user
        with pytest.raises(TransactionManagementError):
            LOCKED.first(user_id=user.id)


def test_an_update_tells_how_many_rows_it_changed(user: User, staff: User) -> None:
    assert NAMED.run(user_id=user.id, name="Ann") == 1
    assert NAMED.run(user_id=1, name="Bob") == 0
    assert AGED.run(user_id=user.id) == 1
    user.refresh_from_db()
    assert (user.nickname, user.profile_version) == ("Ann", 2)
    assert User.objects.get(id=staff.id).nickname == ""


def test_an_update_stores_a_value_as_django_does_and_reckons_with_another(task: EmojiTask) -> None:
    rows = EmojiTask.objects.filter(id=Given("task_id"))
    later = F("created_at") + Given("wait", DurationField())
    moved = PreparedUpdate(lambda: rows, face_box=Given("box"), deadline_at=later)
    assert moved.run(task_id=task.id, box=[1, 2], wait=timedelta(hours=1)) == 1
    task.refresh_from_db()
    assert (task.face_box, task.deadline_at) == ([1, 2], task.created_at + timedelta(hours=1))


def test_what_the_database_refuses_ends_the_transaction(user: User, staff: User) -> None:
    rename = PreparedUpdate(lambda: User.objects.filter(id=Given("user_id")), username=Given("name"))
    with pytest.raises(IntegrityError), transaction.atomic():
        rename.run(user_id=user.id, name=staff.username)
    assert not connection.needs_rollback


@pytest.mark.django_db(transaction=True)
def test_what_one_thread_began_another_one_uses(user: User) -> None:
    """Also when the first use was of a lock, and the database refused it."""
    locked = PreparedQuery(lambda: User.objects.select_for_update(nowait=True).filter(id=Given("user_id")))

    def fails_for_the_lock() -> None:
        with pytest.raises(OperationalError), transaction.atomic():
            locked.first(user_id=user.id)
        connection.close()

    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)
        first = threading.Thread(target=fails_for_the_lock)
        first.start()
        first.join()
    with transaction.atomic():
        assert locked.first(user_id=user.id) == user
