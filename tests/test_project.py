"""What holds for the project as a whole."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

ROOT = Path(__file__).parent.parent
# Of every setting that is a plain value. It reads no .env of whoever runs the tests.
TELL_SETTINGS = """
import environ
environ.Env.read_env = lambda *_: None
from pickitchen import settings
for name in filter(str.isupper, dir(settings)):
    value = str(getattr(settings, name)).replace(f"{settings.BASE_DIR}/", "")
    if " at 0x" not in value:
        print(name, value)
"""
# Production does not start with what the example has for them.
PRODUCTION = {"ENVIRONMENT": "production", "ALIYUN_EMOJI_MOCK": "false"}


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


def settings_with(environment: dict[str, str]) -> list[str]:
    environment = {"PATH": os.environ["PATH"]} | environment
    command = [sys.executable, "-c", TELL_SETTINGS]
    told = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=True)
    return told.stdout.splitlines()


def test_production_works_the_same_with_a_copy_of_the_example() -> None:
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    example = {name: value for name, _, value in (line.partition("=") for line in lines)}
    assert settings_with(example | PRODUCTION) == settings_with(PRODUCTION)


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
