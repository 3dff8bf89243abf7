"""The product as production runs it, nginx before it, while senders dawdle, PostgreSQL crashes and processes die."""

import random
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import requests

from dev.chaos import Killer, keep_valkey
from dev.children import children
from dev.crowd import Crowd, without_limits
from dev.database_crash import EmbeddedPostgres
from dev.free_port import LOOPBACK, free_port
from dev.loopback_http import loopback_session
from dev.mobile_app import MobileApp, Refused
from dev.postgres import start_postgres
from dev.postgres_home import find_home
from dev.production_site import Site, site
from dev.project import VAR
from dev.servers import Servers
from dev.valkey import start_valkey
from tests.journeys.conftest import wait_until

HALF_A_BODY = (
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b'Content-Length: 1000\r\n\r\n{"device_id": "'
)
DAWDLERS = 40
# A whole site starts in the first test and ends in the last.
pytestmark = pytest.mark.timeout(900)
LOAD_SECONDS, AWAY_SECONDS, CHAOS_SECONDS = 3, 2, 20


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Below var: the system's folder for tests is closed to the account PostgreSQL gets when root runs them."""
    folder = VAR / f"site-under-test-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    (folder / "postgres").mkdir(mode=0o700)
    yield folder
    shutil.rmtree(find_home(folder).folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Site]:
    with children() as family:
        # Else a crash would lose what was committed last, and the tests would see it.
        found = Servers(start_postgres(family, folder, durable=True), start_valkey(family, folder))
        running = site(family, found, folder, free_port(), **without_limits(folder))
        running.prepare()
        running.open()
        keep_valkey(running, found)
        yield running
        assert running.close() == [], "everything ends by itself when it is asked to"


@pytest.fixture
def crowd(running: Site) -> Iterator[Crowd]:
    crowd = Crowd(running, seed=1)
    yield crowd
    crowd.leave()


@contextmanager
def dawdlers(port: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(DAWDLERS):
            stack.enter_context(socket.create_connection((LOOPBACK, port))).sendall(HALF_A_BODY)
        yield


@contextmanager
def every_connection_taken(url: str) -> Iterator[int]:
    """By sessions that do nothing; how many they are."""
    with ExitStack() as stack:
        taken = 0
        with suppress(psycopg.OperationalError):
            while True:
                stack.enter_context(psycopg.connect(url, connect_timeout=30))
                taken += 1
        yield taken


def answer_in_three_seconds(url: str) -> str:
    try:
        return str(loopback_session().get(url, timeout=3).status_code)
    except requests.Timeout:
        return "none"


def test_nobody_waits_for_those_who_send_half_a_body(running: Site) -> None:
    with dawdlers(running.port):
        for _ in range(20):
            assert MobileApp(running.base_url).login()["user"]["id"]


def test_without_the_proxy_they_would_hold_every_thread(running: Site) -> None:
    port = running.web_ports["web-1"]
    with dawdlers(port):
        # The first one may be taken up before the dawdlers are.
        answers = [answer_in_three_seconds(f"http://{LOOPBACK}:{port}/healthz") for _ in range(3)]
    assert answers[1:] == ["none", "none"]


def test_the_admin_has_its_styles_and_is_told_that_it_was_called_by_https(running: Site) -> None:
    http = loopback_session()
    assert http.get(f"{running.base_url}/static/admin/css/base.css", timeout=30).ok
    assert "Secure" in http.get(f"{running.base_url}/admin/login/", timeout=30).headers["Set-Cookie"]


def test_f33_a_crash_of_postgresql_under_load_loses_nothing(running: Site, folder: Path, crowd: Crowd) -> None:
    database = EmbeddedPostgres(running.family, folder, running.env["DATABASE_URL"], durable=True)
    crowd.arrive()
    time.sleep(LOAD_SECONDS)
    database.crash()
    time.sleep(AWAY_SECONDS)
    database.come_back()
    time.sleep(LOAD_SECONDS)
    crowd.leave()
    crowd.require_everything()
    assert set(crowd.reads) == {"200", "503"}


def test_f38_without_a_free_connection_nobody_dies_and_all_are_served_when_there_is_one(
    running: Site, folder: Path
) -> None:
    url = running.env["DATABASE_URL"]
    # Who has not begun yet may end, and is started again.
    wait_until(lambda: all(has_begun(folder, name) for name in ("worker-1", "worker-2", "beat")), "all have begun")
    app = MobileApp(running.base_url)
    app.login()
    database = EmbeddedPostgres(running.family, folder, url, durable=True)
    # Everybody has to connect anew.
    database.crash()
    database.come_back()
    with every_connection_taken(url) as taken:
        assert taken > 100
        with pytest.raises(Refused) as refusal:
            app.balance()
        assert (refusal.value.status, refusal.value.code) == (503, "dependency_unavailable")
    wait_until(lambda: answers(app), "they are served again")
    assert [name for name, child in running.running.items() if child.ended] == []


def has_begun(folder: Path, name: str) -> bool:
    told = (folder / "log" / f"{name}.log").read_text()
    return " ready." in told or "Schedule changed." in told


def answers(app: MobileApp) -> bool:
    with suppress(Refused):
        return app.balance() == 0
    return False


def test_a_release_replaces_one_process_after_the_other_and_every_read_is_answered(running: Site, crowd: Crowd) -> None:
    crowd.arrive()
    for name in ("web-2", "worker-2", "web-1", "worker-1", "beat"):
        running.replace(name)
    time.sleep(LOAD_SECONDS)
    crowd.leave()
    crowd.require_everything()
    assert crowd.lost_reads == 0


def test_whatever_process_is_killed_nothing_is_lost_or_doubled(running: Site, crowd: Crowd) -> None:
    crowd.arrive()
    killer = Killer(running, random.Random(1))
    killer.rage(CHAOS_SECONDS)
    crowd.leave()
    crowd.require_everything()
    assert killer.kills.total() >= 3
