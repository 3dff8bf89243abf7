"""`make images`: are docker/Dockerfile and the compose files sound? It needs no engine."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dev import command
from dev.failure import Failure
from dev.new_secrets import new_secrets
from dev.project import ROOT, VAR

DOCKERFILES = ("docker/Dockerfile", "dev/compose_test/Dockerfile")
LOCAL = ("--file", "compose.yaml")
PRODUCTION = (*LOCAL, "--file", "compose.production.yaml")
MANAGED = (*PRODUCTION, "--file", "compose.managed.yaml")
ASKED_FOR_LOCALLY = ("SECRET_KEY", "JWT_SIGNING_KEYS", "DEVICE_ID_PEPPER", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
ASKED_FOR_IN_PRODUCTION = {
    "PICKITCHEN_IMAGE": "registry.example/pickitchen:1",
    "ALLOWED_HOSTS": "api.example",
    "PUBLIC_BASE_URL": "https://api.example",
    "DASHSCOPE_API_KEY": "a key",
    "OSS_BUCKET": "photos",
    "OSS_ACCESS_KEY_ID": "id",
    "OSS_ACCESS_KEY_SECRET": "a secret",
    "EMAIL_URL": "smtp://mail.example",
    "TRUSTED_PROXY": "10.0.0.0/8",
}
ASKED_FOR_WHEN_MANAGED = {
    "MANAGED_DATABASE_URL": "postgresql://pickitchen:word@db.example/pickitchen?sslmode=require",
    "MANAGED_REDIS_URL": "rediss://:word@redis.example:6379/0",
}
ASKED_FOR = {*ASKED_FOR_LOCALLY, *ASKED_FOR_IN_PRODUCTION, *ASKED_FOR_WHEN_MANAGED}


def main() -> int:
    if not _program("hadolint") or not _program("docker-compose"):
        print("NOT CHECKED: hadolint or docker-compose is not made for this kind of machine")
        return 0
    _require([_program("hadolint"), *DOCKERFILES], {})
    local = new_secrets()
    _require_questions(LOCAL, {name: local[name] for name in ASKED_FOR_LOCALLY})
    production = {**local, **ASKED_FOR_IN_PRODUCTION}
    _require_questions(PRODUCTION, production)
    _require_questions(MANAGED, {**production, **ASKED_FOR_WHEN_MANAGED})
    _require_servers_elsewhere({**production, **ASKED_FOR_WHEN_MANAGED})
    _require_start(production)
    print("Dockerfiles and compose files are sound")
    return 0


def _require_questions(files: tuple[str, ...], env: Mapping[str, str]) -> None:
    """With everything it is sound; without any one of them it stops with a sentence that names it."""
    _require([*_config(files), "--quiet"], env)
    for name in ASKED_FOR & env.keys():
        done = _run([*_config(files), "--quiet"], {key: value for key, value in env.items() if key != name})
        if done.returncode == 0 or f"{name} is not set" not in done.stderr:
            raise Failure(f"compose goes on without {name}: {files[-1]} does not ask for it")


def _require_servers_elsewhere(env: Mapping[str, str]) -> None:
    """No process is left with the servers of compose.yaml, which are not there."""
    services = _services(MANAGED, env)
    told = {name: service["environment"].get("DATABASE_URL") for name, service in services.items()}
    users = {name for name, url in told.items() if url == env["MANAGED_DATABASE_URL"]}
    if users != {"migrate", "web", "worker", "beat"} or {"db", "redis"} & services.keys():
        raise Failure(f"with compose.managed.yaml these use the managed PostgreSQL: {users}")


def _require_start(env: Mapping[str, str]) -> None:
    """What compose asks for is all that production must be told: its own check, made at each start, finds no more."""
    told = _services(PRODUCTION, env)["web"]["environment"]
    # A container's own folder is none of this machine.
    here = {"METRICS_DIR": str(VAR / "metrics")}
    _require([sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], told | here)


def _services(files: tuple[str, ...], env: Mapping[str, str]) -> dict[str, Any]:
    services: dict[str, Any] = json.loads(_run([*_config(files), "--format", "json"], env).stdout)["services"]
    return services


def _config(files: tuple[str, ...]) -> list[str | Path]:
    # A person's .env would answer for what is left out here.
    return [_program("docker-compose"), "--env-file", os.devnull, *files, "--profile", "dev", "config"]


def _require(words: list[str | Path], env: Mapping[str, str]) -> None:
    done = _run(words, env)
    if done.returncode != 0:
        raise Failure(f"{Path(words[0]).name} finds:\n{done.stdout}{done.stderr}".rstrip())


def _run(words: list[str | Path], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    quiet = {"PATH": os.defpath, "HOME": os.devnull}
    return subprocess.run(words, cwd=ROOT, env={**quiet, **env}, capture_output=True, text=True)


def _program(name: str) -> Path | str:
    path = Path(sys.executable).with_name(name)
    return path if path.exists() else ""


if __name__ == "__main__":
    sys.exit(command.run(main))
