"""Seeded photos are where `make dev` looks for them."""

import pytest

from dev import develop, processes, seed
from dev.servers import Servers

SERVERS = Servers("postgresql://postgres@127.0.0.1:5432/pickitchen", "redis://127.0.0.1:6379/0")


def looked_for() -> str:
    return processes.environment(SERVERS, develop.USUAL_PORT, develop.FOLDER)["LOCAL_PHOTO_DIR"]


def test_in_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_PHOTO_DIR", raising=False)
    assert seed.environment(SERVERS)["LOCAL_PHOTO_DIR"] == looked_for()


def test_or_where_the_person_has_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_PHOTO_DIR", "var/photos")
    assert seed.environment(SERVERS)["LOCAL_PHOTO_DIR"] == looked_for() == "var/photos"
