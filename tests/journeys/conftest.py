"""The product as separate processes, on the test's own database and a Valkey of its own."""

import json
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.core import invariants
from apps.emoji.models import EmojiTemplate
from dev import processes
from dev.children import Child, Children, children
from dev.fake_dashscope import FakeDashScope
from dev.free_port import LOOPBACK, free_port
from dev.mobile_app import MobileApp
from dev.project import ROOT
from dev.valkey import start_valkey
from tests.journeys.last_words import last_words
from tests.journeys.world import World

# Of a machine that is ten times slower than usual, or as busy.
PATIENCE_SECONDS = 240


@dataclass
class Product:
    """Web server, workers and beat; each started, stopped and killed when the test says so."""

    children: Children
    folder: Path
    port: int
    env: dict[str, str]
    portrait: bytes
    give_points: Callable[..., None]
    web: Child = field(init=False)
    workers: list[Child] = field(default_factory=list)

    def start_web(self) -> None:
        self.web = self._start("web", processes.web(self.port))
        processes.wait_until_ready(self.children, self.port)

    def start_worker(self, *options: str) -> Child:
        self.workers.append(self._start(f"worker-{len(self.workers) + 1}", [*processes.worker(), *options]))
        return self.workers[-1]

    def start_beat(self) -> None:
        self._start("beat", processes.beat())

    def kill_worker(self) -> None:
        """The whole worker, children and all, with no chance to say goodbye."""
        self._kill(self.workers.pop())

    def kill_web(self) -> None:
        self._kill(self.web)

    def app_with_points(self, points: int) -> MobileApp:
        app = MobileApp(processes.base_url(self.port))
        user = User.objects.get(id=int(app.login()["user"]["id"]))
        self.give_points(user, points)
        return app

    def upload(self, app: MobileApp) -> str:
        ticket = app.ticket(self.portrait, "image/jpeg")
        app.upload(ticket, self.portrait)
        return str(ticket["upload_id"])

    def _kill(self, child: Child) -> None:
        os.killpg(child.process.pid, signal.SIGKILL)
        self.children.stop(child)

    def _start(self, name: str, command: list[str]) -> Child:
        log = self.folder / "log" / f"{name}.log"
        return self.children.start(name, command, log, env=self.env, cwd=ROOT, keep_log=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    kitchen: Any = item.funcargs.get("kitchen")
    family = kitchen.product.children if kitchen else item.funcargs.get("family")
    if report.failed and isinstance(family, Children):
        report.sections += last_words(family)
    return report


@pytest.fixture
def product(
    transactional_db: None,
    template: EmojiTemplate,
    tmp_path: Path,
    portrait: bytes,
    give_points: Callable[..., None],
    broker_url: str,
    family: Children,
) -> Product:
    return a_product(family, tmp_path, broker_url, portrait, give_points)


def a_product(
    family: Children, folder: Path, broker_url: str, portrait: bytes, give_points: Callable[..., None]
) -> Product:
    """Nothing of it runs yet."""
    port = free_port()
    database = settings.DATABASES["default"]["NAME"]
    own = {
        "DJANGO_SETTINGS_MODULE": "pickitchen.settings",
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database}",
        "REDIS_URL": broker_url,
        "PUBLIC_BASE_URL": processes.base_url(port),
        "LOCAL_PHOTO_DIR": str(folder / "photos"),
        "ALIYUN_EMOJI_MOCK": "true",
        "REMOTE_CONFIG_FILE": str(config_without_limits(folder)),
        "RATE_LIMITS_ENABLED": "false",
        "EMOJI_SWEEP_SECONDS": "1",
        "EMOJI_POLL_SECONDS": "0.5",
        # The mock draws its clips, for seconds on a slow machine; a task whose lease runs out thrice is failed.
        "EMOJI_LEASE_SECONDS": "20",
        "EMOJI_ORPHAN_WINDOW_SECONDS": "2",
        "PYTHONUNBUFFERED": "1",
    }
    return Product(family, folder, port, os.environ | own, portrait, give_points)


def config_without_limits(folder: Path) -> Path:
    """For users who order more at once than a person would."""
    file, many = folder / "remote_config.json", {"active": 1000, "daily": 1000}
    file.write_text(json.dumps({"task_limits": {"free": many, "vip": many}}))
    return file


@pytest.fixture
def dashscope(product: Product) -> Iterator[FakeDashScope]:
    """Instead of the mock, with the limits of a real account on our side."""
    fake = FakeDashScope(run_seconds=1)
    fake.start()
    product.env |= made_by(fake)
    yield fake
    fake.stop()


def made_by(fake: FakeDashScope) -> dict[str, str]:
    return {
        "ALIYUN_EMOJI_MOCK": "false",
        "DASHSCOPE_API_KEY": "a key for tests",
        "DASHSCOPE_BASE_URL": fake.url,
        "DASHSCOPE_RESULT_HOST_SUFFIX": LOOPBACK,
        # Of its tasks no step is long, and tests kill who is at them.
        "EMOJI_LEASE_SECONDS": "3",
    }


@pytest.fixture
def family(transactional_db: None) -> Iterator[Children]:
    """Ended before the test's tables are emptied."""
    with children() as family:
        yield family
    connection.close()


@pytest.fixture
def broker_url(family: Children, tmp_path: Path) -> str:
    return start_valkey(family, tmp_path)


def broken_invariants() -> list[str]:
    return [invariant.sentence for invariant in invariants.registered() if invariants.broken_rows(invariant)]


def wait_until(happens: Callable[[], Any], what: str) -> Any:
    """The first truthy value; a test fails with `what` when there is none in so long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if seen := happens():
            return seen
        time.sleep(0.05)
    pytest.fail(f"waited {PATIENCE_SECONDS} s in vain: {what}")


@pytest.fixture
def world(
    app: APIClient,
    user: User,
    device: Device,
    anonymous: APIClient,
    template: EmojiTemplate,
    portrait: bytes,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    give_points: Callable[..., None],
) -> World:
    return World(app, user, device, anonymous, template, portrait, settings, monkeypatch, tmp_path, give_points)
