"""What holds for the project as a whole."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

ROOT = Path(__file__).parent.parent


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_system_checks_pass() -> None:
    call_command("check", fail_level="WARNING")


def test_each_test_module_mirrors_a_module() -> None:
    for test in ROOT.glob("tests/*/test_*.py"):
        folder = test.parent.name
        if folder in ("browser", "journeys", "security"):
            continue
        home = ROOT / "dev" if folder == "dev" else ROOT / "apps" / folder
        assert (home / test.name.removeprefix("test_")).exists(), f"{test} mirrors nothing"


def test_every_setting_from_the_environment_is_explained() -> None:
    explained = (ROOT / ".env.example").read_text()
    settings = (ROOT / "pickitchen" / "settings.py").read_text()
    names = [
        part.partition('"')[0]
        for part in settings.replace("env.db_url(", "env.x(").split("env.")[1:]
        for part in [part.partition('("')[2]]
    ]
    assert [name for name in names if name and f"{name}=" not in explained] == []


def test_swagger_needs_no_other_host(anonymous: APIClient) -> None:
    page = anonymous.get("/docs").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "https://" not in page


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/emoji/nothing"])
def test_an_unknown_path_is_a_problem_too(anonymous: APIClient, path: str) -> None:
    answer = anonymous.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_a_body_beyond_64_kib_is_refused(anonymous: APIClient) -> None:
    answer = anonymous.post("/api/v1/auth/login", '"' + "x" * 70_000 + '"', content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_a_body_that_is_no_json_is_malformed(anonymous: APIClient) -> None:
    answer = anonymous.post("/api/v1/auth/login", "{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
