"""F41: there is no room left for what an order writes. It is refused, charges nothing, and goes through afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from apps.emoji.models import EmojiTask
from dev.mobile_app import MobileApp, Refused
from tests.journeys.conftest import Product, broken_invariants
from tests.journeys.test_database_faults import TEMPLATE, refused, spends

PRICE = 200
# More than fit on the page that the table has.
MOST_ORDERS = 80
DISK = "size=4m,mode=755"


@pytest.fixture
def disk(product: Product) -> Iterator[Path]:
    """A small one, on which PostgreSQL keeps the tasks, and only them."""
    data = Path(str(_told("SHOW data_directory")))
    folder = Path(tempfile.mkdtemp(prefix="small-disk-"))
    try:
        if not data.is_dir() or not _is_mounted(folder):
            pytest.skip("PostgreSQL runs elsewhere, or this account may not mount a disk for it")
        with _tasks_in(folder / "tasks", data.stat()):
            yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=False, stderr=subprocess.DEVNULL)
        folder.rmdir()


def test_f41_an_order_without_room_is_refused_and_goes_through_once_there_is_some(product: Product, disk: Path) -> None:
    product.start_web()
    app = product.app_with_points(PRICE * MOST_ORDERS)
    upload_id, key = product.upload(app), str(uuid4())
    app.create_task(TEMPLATE, upload_id)
    _fill(disk / "rest")
    _order_until_it_is_full(app, upload_id)
    refused(app, upload_id, key)
    made = EmojiTask.objects.count()
    assert (spends(), app.balance()) == (made, PRICE * (MOST_ORDERS - made))
    (disk / "rest").unlink()
    task = app.create_task(TEMPLATE, upload_id, key)
    assert app.create_task(TEMPLATE, upload_id, key)["id"] == task["id"]
    assert (EmojiTask.objects.count(), spends()) == (made + 1, made + 1)
    assert broken_invariants() == []


def _order_until_it_is_full(app: MobileApp, upload_id: str) -> None:
    with suppress(Refused):
        for _ in range(MOST_ORDERS):
            app.create_task(TEMPLATE, upload_id)


def _fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as rest:
        while rest.write(bytes(4096)):
            pass


def _is_mounted(folder: Path) -> bool:
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    command = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(folder)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


@contextmanager
def _tasks_in(folder: Path, server: os.stat_result) -> Iterator[None]:
    folder.mkdir(mode=0o700)
    os.chown(folder, server.st_uid, server.st_gid)
    _say(f"CREATE TABLESPACE small LOCATION '{folder}'")
    try:
        _say("ALTER TABLE emoji_emojitask SET TABLESPACE small")
        yield
    finally:
        _say("ALTER TABLE emoji_emojitask SET TABLESPACE pg_default")
        _say("DROP TABLESPACE small")


def _say(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _told(sql: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
