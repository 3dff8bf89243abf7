"""An export is read row by row, whatever its size, and what happened is in the audit log."""

import tracemalloc
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from apps.accounts.models import User
from apps.staff import exports


def users(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_user (id, password, is_superuser, nickname, billing_user_id, vip_is_lifetime,"
            " is_tester, is_staff, is_active, created_at, updated_at)"
            " SELECT n, '', false, 'n' || n, gen_random_uuid(), false, false, false, true, now(), now()"
            " FROM generate_series(1, %s) n",
            [number],
        )


def test_every_column_is_one_of_its_list() -> None:
    for label, columns in exports.COLUMNS.items():
        assert columns[0] == "id"
        assert not apps.get_model(label)._default_manager.values_list(*columns).query.is_empty()


@pytest.mark.django_db
def test_every_row_comes_once_in_order_in_few_queries(django_assert_num_queries: Any) -> None:
    users(5_000)
    with django_assert_num_queries(4):
        text = "".join(part for _, part in exports.lines(User.objects.all()))
    assert text.startswith("\ufeffid,created_at,nickname")
    assert [int(row.partition(",")[0]) for row in text.splitlines()[1:]] == list(range(1, 5_001))


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_rows() -> None:
    users(20_000)
    peaks = []
    for number in (4_000, 20_000):
        tracemalloc.start()
        assert sum(1 for _ in exports.lines(User.objects.filter(id__lte=number))) == number // 2_000 + 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


@pytest.mark.django_db
def test_there_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    users(6_000)
    monkeypatch.setattr(exports, "MOST_ROWS", 4_000)
    assert [number for number, _ in exports.lines(User.objects.all())] == [0, 2_000, 4_000]
