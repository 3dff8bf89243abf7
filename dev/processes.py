"""The product's own processes, as production runs them: web server, Celery worker, beat."""

import os
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from dev.bytecode import write_bytecode
from dev.children import Child, Children
from dev.failure import Failure
from dev.free_port import LOOPBACK
from dev.leftovers import end_leftovers, remember
from dev.loopback_http import loopback_session
from dev.project import ROOT
from dev.servers import Servers

START_SECONDS = 180.0
PYTHON = (sys.executable, "-m")
# Workers need nothing from each other: what they would tell each other is one thing more that breaks with Redis.
ALONE = ("--without-gossip", "--without-mingle")


def web(port: int, processes: int = 2) -> list[str]:
    address = ["--host", LOOPBACK, "--port", str(port)]
    return [*PYTHON, "pickitchen.web_server", *address, "--workers", str(processes)]


def worker(app: str = "pickitchen") -> list[str]:
    return [*PYTHON, "celery", "-A", app, "worker", "-c", "2", *ALONE, "--loglevel", "INFO"]


def beat() -> list[str]:
    # By default a database schedule is looked at every five seconds: too seldom for a sweep each second.
    return [*PYTHON, "celery", "-A", "pickitchen", "beat", "--max-interval", "1", "--pidfile=", "--loglevel", "INFO"]


def base_url(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


def environment(servers: Servers, port: int, folder: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the person has set stays, except for what must be true of this run."""
    new = {
        "REVENUECAT_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "REVENUECAT_SIGNING_KEY": secrets.token_urlsafe(32),
        "LOCAL_PHOTO_DIR": str(folder / "photos"),
        "EMOJI_SWEEP_SECONDS": "1",
    }
    ours = {**servers.environment(), "PUBLIC_BASE_URL": base_url(port), "PYTHONUNBUFFERED": "1"}
    return {**new, **given, **ours}


def prepare(children: Children, env: Mapping[str, str], folder: Path) -> None:
    """What comes before the first start: bytecode, and the database as the models are."""
    write_bytecode()
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "1"]
    child = children.start("migrate", command, folder / "log" / "migrate.log", env=env, cwd=ROOT)
    failed = child.process.wait() != 0
    children.stop(child)
    if failed:
        raise Failure(f"the database could not be migrated: read {child.log}")


def start(
    children: Children, port: int, env: Mapping[str, str], folder: Path, *, keep_log: bool = False
) -> list[Child]:
    note = folder / "processes.json"
    end_leftovers(note)
    commands = {"web": web(port), "worker": worker(), "beat": beat()}
    started = [
        children.start(name, command, folder / "log" / f"{name}.log", env=env, cwd=ROOT, keep_log=keep_log)
        for name, command in commands.items()
    ]
    remember(started, note)
    return started


def wait_until_ready(children: Children, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_ready(port):
            return
        children.pause(0.1)
    log = next((child.log for child in children.running if child.name == "web"), "its log")
    raise Failure(f"the web server is not ready after {START_SECONDS:.0f} s: read {log}")


def is_ready(port: int) -> bool:
    try:
        answer = loopback_session().get(f"{base_url(port)}/readyz", timeout=5)
    except requests.RequestException:
        return False
    return answer.ok
