"""In production nothing starts with a default secret or with the mock."""

import os
import secrets
import subprocess
import sys
from base64 import b64encode

import pytest

from dev import processes
from dev.free_port import free_port
from dev.project import ROOT


@pytest.mark.parametrize(
    "command", [processes.web(free_port()), processes.worker(), processes.beat()], ids=["web", "worker", "beat"]
)
def test_an_unsound_process_ends_and_says_why(command: list[str]) -> None:
    environment = {**os.environ, "ENVIRONMENT": "production", "DJANGO_SETTINGS_MODULE": "pickitchen.settings"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode != 0
    assert "pk.E001" in ended.stderr + ended.stdout
    assert "insecure-local" not in ended.stderr + ended.stdout


def test_with_a_sound_environment_production_finds_nothing_to_warn_of() -> None:
    sound = {
        "ENVIRONMENT": "production",
        "DJANGO_SETTINGS_MODULE": "pickitchen.settings",
        **{name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "DEVICE_ID_PEPPER")},
        "JWT_SIGNING_KEYS": f"one:{b64encode(secrets.token_bytes(32)).decode()}",
        "REVENUECAT_WEBHOOK_SECRET": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "api.example.com",
        "PUBLIC_BASE_URL": "https://api.example.com",
        "DASHSCOPE_API_KEY": "sk-test",
        "OSS_BUCKET": "photos",
        "OSS_ACCESS_KEY_ID": "an id",
        "OSS_ACCESS_KEY_SECRET": "a secret",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | sound, capture_output=True, text=True, timeout=180, check=False
    )
    assert ended.returncode == 0, ended.stderr
