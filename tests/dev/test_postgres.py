"""A real PostgreSQL of its own: it outlives a kill, a half-made folder, and a pid file that lies."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from dev.children import Child, children
from dev.postgres import start_postgres
from dev.postgres_home import find_home
from dev.project import VAR


@pytest.fixture
def folder() -> Iterator[Path]:
    """Below var: the system's folder for tests is closed to the account PostgreSQL gets when root runs them."""
    folder = VAR / f"postgres-under-test-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    (folder / "postgres").mkdir(mode=0o700)
    yield folder
    home = find_home(folder)
    shutil.rmtree(home.folder)
    shutil.rmtree(folder, ignore_errors=True)


def start_and_note(folder: Path, note: str) -> list[str]:
    """Notes made so far, this one included."""
    with children() as family:
        return add_note(start_postgres(family, folder, durable=False), note)


def add_note(url: str, note: str) -> list[str]:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [note])
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY text")]


def the_server(running: list[Child]) -> Child:
    return next(child for child in running if child.name == "PostgreSQL")


def test_data_stays_whatever_happens_to_the_server(folder: Path) -> None:
    home = find_home(folder)
    half_made = home.folder / "data.unfinished"
    home.account.make_folder(half_made)
    (half_made / "PG_VERSION").touch()
    assert start_and_note(folder, "1 first") == ["1 first"]

    with children() as family:
        add_note(start_postgres(family, folder, durable=True), "2 before the kill")
        os.kill(the_server(family.running).process.pid, signal.SIGKILL)
    assert len(start_and_note(folder, "3 after the kill")) == 3

    pid_file = home.folder / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{home.folder / 'data'}\n")
    home.account.own(pid_file)
    assert len(start_and_note(folder, "4 after a pid file that names another process")) == 4


def test_a_server_that_outlived_its_command_is_replaced(folder: Path) -> None:
    with children() as family:
        add_note(start_postgres(family, folder, durable=False), "1 left running")
        old = the_server(family.running)
        assert len(start_and_note(folder, "2 on the next server")) == 2
        assert old.ended
