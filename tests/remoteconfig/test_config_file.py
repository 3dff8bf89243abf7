"""A broken file breaks no request: what was good stays, and the log says what is wrong."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.remoteconfig import live, values

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    settings.REMOTE_CONFIG_FILE = str(path)
    return path


def write(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document))
    live.refresh()


def test_a_file_that_is_written_anew_is_read_anew(file: Path) -> None:
    write(file, {"points_rules": {"emoji": 50}})
    assert values.current().emoji_cost == 50
    write(file, {"points_rules": {"emoji": 100}})
    assert values.current().emoji_cost == 100
    assert live.snapshot().source == "file"


@pytest.mark.parametrize(
    "content", ["", "{", "null", '{"points_rules": {"emoji": 0}}', '{"points_rules": {"emoji": 2000}}']
)
def test_a_broken_file_is_told_and_not_used(
    file: Path, content: str, anonymous: APIClient, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text(content)
    assert anonymous.get("/api/v1/config").json()["points"]["default_cost"] == 200
    live.refresh()
    live.refresh()
    assert live.snapshot().problems
    assert len([one for one in caplog.records if one.levelno == logging.ERROR]) == 1


def test_a_file_that_breaks_later_leaves_what_was_good(file: Path) -> None:
    write(file, {"points_rules": {"emoji": 50}})
    file.write_text("{")
    live.refresh()
    assert values.current().emoji_cost == 50
    file.unlink()
    live.refresh()
    assert values.current().emoji_cost == 50
    write(file, {"points_rules": {"emoji": 60}})
    assert (values.current().emoji_cost, live.snapshot().problems) == (60, ())


def test_a_file_that_is_missing_is_told(file: Path) -> None:
    assert values.current().emoji_cost == 200
    assert "cannot be read" in live.snapshot().problems[0]
