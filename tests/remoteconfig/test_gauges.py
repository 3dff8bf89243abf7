"""Where the values come from is told, and what could not be used."""

from pathlib import Path
from typing import Any

import pytest

from dev.free_port import LOOPBACK, free_port
from tests.scrape import scrape

pytestmark = pytest.mark.django_db


def test_without_nacos_the_packaged_values_are_the_source() -> None:
    told = scrape()
    assert told.value("pk_config_source", source="packaged") == told.value("pk_config_source") == 1
    assert told.value("pk_config_problems") == 0


def test_a_nacos_that_never_answered_is_told(settings: Any) -> None:
    settings.NACOS_SERVER_ADDRESSES = [f"{LOOPBACK}:{free_port()}"]
    assert scrape().value("pk_config_source", source="fallback") == 1


def test_a_file_that_cannot_be_used_is_a_problem(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    settings.REMOTE_CONFIG_FILE = str(tmp_path / "config.json")
    assert scrape().value("pk_config_problems") == 1
