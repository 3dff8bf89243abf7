"""An export is built once, also when bells are lost, workers race, or an app's part fails."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts import data_export, export_building, personal_data
from apps.accounts.models import DataExport, Device, User
from apps.accounts.tasks import build_due_exports
from tests.conftest import at

Status = DataExport.Status


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> dict[str, personal_data.Rows]:
    """The registered parts, in place of those of the apps."""
    parts: dict[str, personal_data.Rows] = {}
    monkeypatch.setattr(personal_data, "_parts", parts)
    return parts


@pytest.fixture
def export(user: User, part: dict[str, personal_data.Rows]) -> DataExport:
    return data_export.request(user.id)


def files(export: DataExport) -> dict[str, Any]:
    export.refresh_from_db()
    with ZipFile(BytesIO(bytes(export.content or b""))) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_each_part_is_a_file_with_an_array(export: DataExport, part: dict[str, personal_data.Rows]) -> None:
    part["none"] = lambda _: []
    part["one"] = lambda user_id: [{"user": user_id}]
    part["many"] = lambda _: ({"n": number, "text": "明 \u2028"} for number in range(3))
    export_building.build(export.id)
    assert files(export) == {
        "none.json": [],
        "one.json": [{"user": export.user_id}],
        "many.json": [{"n": number, "text": "明 \u2028"} for number in range(3)],
    }


def test_an_export_whose_bell_was_lost_is_built_by_the_next_run(export: DataExport) -> None:
    build_due_exports()
    export.refresh_from_db()
    assert export.status == Status.PENDING
    with at(timezone.now() + timedelta(minutes=2)):
        build_due_exports()
    export.refresh_from_db()
    assert export.status == Status.READY


def test_a_part_that_fails_is_tried_three_times(export: DataExport, part: dict[str, personal_data.Rows]) -> None:
    def broken(_: int) -> Iterator[dict[str, Any]]:
        yield {"first": "row"}
        raise ValueError("a bug")

    part["broken"] = broken
    seen = []
    for minutes in (2, 5, 8):
        with at(timezone.now() + timedelta(minutes=minutes)):
            build_due_exports()
        export.refresh_from_db()
        seen.append((export.status, export.attempts))
    assert seen == [(Status.PENDING, 1), (Status.PENDING, 2), (Status.FAILED, 3)]
    assert export.content is None


def test_an_export_beyond_all_measure_fails(
    export: DataExport, part: dict[str, personal_data.Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_building, "LARGEST_BYTES", 1000)
    part["large"] = lambda _: ({"n": str(hash(str(number))) * 10} for number in range(100_000))
    export_building.build(export.id)
    export.refresh_from_db()
    assert (export.status, export.attempts) == (Status.PENDING, 1)


def test_building_again_changes_nothing(export: DataExport) -> None:
    export_building.build(export.id)
    export.refresh_from_db()
    export_building.build(export.id)
    export_building.build(1)
    assert DataExport.objects.get().expires_at == export.expires_at


@pytest.mark.django_db(transaction=True)
def test_two_workers_build_it_once(export: DataExport, part: dict[str, personal_data.Rows]) -> None:
    builds: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(user_id: int) -> list[dict[str, Any]]:
        builds.append(user_id)
        begun.set()
        go_on.wait(60)
        return []

    def work() -> None:
        export_building.build(export.id)
        connection.close()

    part["slow"] = slow
    first = threading.Thread(target=work)
    first.start()
    assert begun.wait(60)
    export_building.build(export.id)
    go_on.set()
    first.join()
    assert len(builds) == 1
    assert DataExport.objects.get().status == Status.READY


def test_a_device_that_is_no_more_leaves_the_export_of_its_user(device: Device, export: DataExport) -> None:
    device.delete()
    export_building.build(export.id)
    export.refresh_from_db()
    assert export.status == Status.READY
