"""In production nothing starts with a default secret or with the mock."""

import os
import subprocess

import pytest

from dev import processes
from dev.free_port import free_port
from dev.project import ROOT


@pytest.mark.parametrize(
    "command", [processes.web(free_port()), processes.worker(), processes.beat()], ids=["web", "worker", "beat"]
)
def test_an_unsound_process_ends_and_says_why(command: list[str]) -> None:
    environment = {**os.environ, "ENVIRONMENT": "production", "DJANGO_SETTINGS_MODULE": "pickitchen.settings"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "pk.E001" in ended.stderr + ended.stdout
    assert "insecure-local" not in ended.stderr + ended.stdout
