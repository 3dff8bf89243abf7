"""A new row is what it was made of, whichever way it is inserted."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.forms import model_to_dict
from django.utils import timezone

from apps.accounts.models import Device, Session, User
from apps.core.models import IdempotencyRecord, InvariantRun
from apps.core.prepared_insert import insert, write
from apps.emoji.models import EmojiTask
from apps.points.models import UserPoints

pytestmark = pytest.mark.django_db


def record(user: User, key: str = "k") -> IdempotencyRecord:
    said = {"scope": "POST /", "key": key, "body_sha256": b"\x00" * 32, "status": 201, "answer": b"{}"}
    return IdempotencyRecord(user=user, **said)


def test_a_saved_row_reads_back_as_it_was(user: User, django_assert_num_queries: Any) -> None:
    row = record(user)
    before = timezone.now()
    with django_assert_num_queries(1):
        row.save()
    stored = IdempotencyRecord.objects.get()
    assert model_to_dict(stored) == model_to_dict(row)
    assert (row.pk, row._state.adding, row._state.db) == (stored.pk, False, "default")
    assert before <= stored.created_at <= stored.updated_at <= timezone.now()


def test_json_is_json(db: None) -> None:
    InvariantRun(checked=["a", {"b": None}], broken={}, took_ms=1).save()
    assert InvariantRun.objects.get().checked == ["a", {"b": None}]


def test_a_second_save_changes_the_row(user: User) -> None:
    row = record(user)
    row.save()
    row.status = 200
    row.save()
    assert IdempotencyRecord.objects.get().status == 200


def test_an_id_that_is_there_is_never_overwritten(user: User) -> None:
    row, other = record(user), record(user, "other")
    row.save()
    other.id = row.id
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()
    assert IdempotencyRecord.objects.get().key == "k"


def test_a_relation_that_was_not_saved_is_refused(device: Device) -> None:
    with pytest.raises(ValueError, match="unsaved related object"):
        Session(user=User(), device=device, auth_level="secret", expires_at=timezone.now()).save()


def test_what_the_database_has_a_part_in_is_left_to_django(task: EmojiTask, staff: User) -> None:
    assert not insert(UserPoints(user=staff))
    points = UserPoints(user=staff)
    points.save()
    assert points.balance == 0
    assert EmojiTask.objects.get(id=task.id).turn_at is not None
    with pytest.raises(TypeError, match="UserPoints"):
        write(UserPoints(user=staff))


def test_a_plain_default_of_the_database_is_filled_in(user: User, django_assert_num_queries: Any) -> None:
    shown = {"device_id_mac": b"1" * 32, "device_id_tail": "0001", "secret_sha256": b"2" * 32}
    device = Device(user=user, last_login_at=timezone.now(), secret_state="confirmed", **shown)
    with django_assert_num_queries(1):
        assert insert(device)
    assert (device.os_version, Device.objects.get(id=device.id).os_version) == ("", "")
