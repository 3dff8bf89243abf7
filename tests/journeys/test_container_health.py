"""What an engine is told about the health of a container, by the program and the processes that the image has."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from dev.fake_server import FakeServer
from dev.free_port import free_port
from dev.project import ROOT
from tests.journeys.conftest import Product, wait_until

NO_REDIS = "redis://:a-password@127.0.0.1:1/0"


class Answering(BaseHTTPRequestHandler):
    fake: "WebServer"

    def do_GET(self) -> None:
        self.send_response(self.fake.status if self.headers["Host"] == "api.example" else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class WebServer(FakeServer):
    exchange = Answering
    status = 200


def health(what: str, **env: str) -> tuple[int, str]:
    command = [sys.executable, "-I", "-S", "docker/health.py", what]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True)
    return done.returncode, done.stdout.strip()


def make_older(file: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


def is_young(file: Path) -> bool:
    return file.stat().st_mtime > time.time() - 60


@pytest.mark.parametrize(("status", "verdict"), [(200, (0, "well")), (500, (1, "the web server answers 500"))])
def test_a_web_server_is_as_well_as_its_answer(status: int, verdict: tuple[int, str]) -> None:
    server = WebServer()
    server.status = status
    server.start()
    assert health("web", WEB_PORT=str(server.port), ALLOWED_HOSTS="api.example,other.example") == verdict
    server.stop()


def test_a_web_server_that_is_not_there_is_ill() -> None:
    code, told = health("web", WEB_PORT=str(free_port()))
    assert code == 1
    assert "does not answer" in told


def test_worker_and_beat_give_signs_of_life_until_they_hang(product: Product, broker_url: str, tmp_path: Path) -> None:
    """Stopped, they live on for the system, and for everybody who looks at no more than the process."""
    starts: dict[str, Callable[[], object]] = {"worker": product.start_worker, "beat": product.start_beat}
    for name, start in starts.items():
        file = tmp_path / f"{name}-beats"
        product.env["HEARTBEAT_FILE"] = str(file)
        start()
        wait_until(file.exists, f"{name} gives a sign of life")
        env = {"HEARTBEAT_FILE": str(file), "REDIS_URL": broker_url}
        assert health("heartbeat", **env) == (0, "well")
        child = product.children.running[-1]
        os.killpg(child.process.pid, signal.SIGSTOP)
        make_older(file, 120)
        assert health("heartbeat", **env)[0] == 1
        os.killpg(child.process.pid, signal.SIGCONT)
        wait_until(partial(is_young, file), f"{name} goes on")
        assert health("heartbeat", **env) == (0, "well")


def test_a_worker_that_waits_for_redis_is_not_ill(tmp_path: Path) -> None:
    file = tmp_path / "beats"
    file.touch()
    make_older(file, 3600)
    assert health("heartbeat", HEARTBEAT_FILE=str(file), REDIS_URL=NO_REDIS) == (0, "well")


def test_a_worker_that_never_began_is_ill(broker_url: str, tmp_path: Path) -> None:
    code, _ = health("heartbeat", HEARTBEAT_FILE=str(tmp_path / "none"), REDIS_URL=broker_url)
    assert code == 1
