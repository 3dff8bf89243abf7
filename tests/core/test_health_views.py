"""What the balancer is told when something is away: the network is cut for real, by proxies in between."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core import health, snowflake
from apps.core.probes import LIVENESS
from apps.core.server_health import Migrations
from apps.emoji import backends, breaker, spending
from apps.emoji.models import EmojiTask
from apps.emoji.provider import Fault
from apps.remoteconfig import live
from dev.fake_oss import FakeOss
from dev.free_port import LOOPBACK, free_port
from dev.tcp_proxy import TcpProxy

pytestmark = pytest.mark.django_db(transaction=True)

CONTRACT = {"database", "migrations", "snowflake", "redis", "broker", "storage", "config"}


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    health.forget()
    yield
    health.forget()


@pytest.fixture
def database_wire() -> Iterator[TcpProxy]:
    """The network before PostgreSQL."""
    port = connection.settings_dict["PORT"]
    connection.close()
    proxy = TcpProxy(int(port))
    proxy.start()
    connection.settings_dict["PORT"] = str(proxy.port)
    yield proxy
    connection.close()
    connection.settings_dict["PORT"] = port
    proxy.stop()


@pytest.fixture
def redis_wire(settings: Any) -> Iterator[TcpProxy]:
    """The network before Redis."""
    address = urlsplit(configured.REDIS_URL)
    assert address.port
    proxy = TcpProxy(address.port)
    proxy.start()
    secret = f":{address.password}@" if address.password else ""
    url = f"redis://{secret}{LOOPBACK}:{proxy.port}{address.path}"
    settings.REDIS_URL = settings.CELERY_BROKER_URL = url
    yield proxy
    proxy.stop()


def readiness(anonymous: APIClient) -> tuple[int, str, set[str]]:
    """The status, its word, and what is not well."""
    answer = anonymous.get("/readyz")
    body = answer.json()
    return answer.status_code, body["status"], {name for name, said in body["checks"].items() if said != "ok"}


@pytest.mark.parametrize("path", LIVENESS)
def test_a_living_process_says_so(anonymous: APIClient, path: str) -> None:
    for asked in (path, f"{path}/" if path.startswith("/api/") else path):
        answer = anonymous.get(asked, headers={"Host": "10.1.2.3"})
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_when_everything_answers(anonymous: APIClient, settings: Any) -> None:
    settings.RELEASE_VERSION, settings.RELEASE_COMMIT = "1.2.3", "abc"
    body = anonymous.get("/readyz").json()
    assert body["status"] == "ok"
    assert set(body["checks"]) == CONTRACT | {"provider"}
    assert (body["version"], body["commit"]) == ("1.2.3", "abc")


def test_not_ready_while_the_database_refuses(anonymous: APIClient, database_wire: TcpProxy) -> None:
    assert readiness(anonymous) == (200, "ok", set())
    database_wire.stop()
    assert readiness(anonymous) == (503, "fail", {"database"})
    database_wire.start()
    connection.settings_dict["PORT"] = str(database_wire.port)
    assert readiness(anonymous) == (200, "ok", set())


def test_not_ready_while_the_database_is_silent_and_the_answer_comes_all_the_same(
    anonymous: APIClient, database_wire: TcpProxy
) -> None:
    assert readiness(anonymous) == (200, "ok", set())
    database_wire.is_silent = True
    assert readiness(anonymous) == (503, "fail", {"database"})
    # On a new connection too.
    assert readiness(anonymous) == (503, "fail", {"database"})
    database_wire.is_silent = False
    assert readiness(anonymous) == (200, "ok", set())


def test_the_process_lives_while_the_database_is_away(anonymous: APIClient, database_wire: TcpProxy) -> None:
    database_wire.stop()
    assert [anonymous.get(path).status_code for path in LIVENESS] == [200, 200, 200]
    database_wire.start()


def test_a_migration_that_is_missing_is_told_until_it_is_there() -> None:
    migrations = Migrations()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'points' AND name LIKE '0002%'")
        assert not migrations.are_applied()
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('points', '0002_append_only_ledger', now())"
        )
    assert migrations.are_applied()


def test_a_database_of_a_newer_release_is_fine() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('points', '9999_later', now())")
        assert Migrations().are_applied()
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")


@pytest.mark.parametrize(("seconds_back", "expected"), [(4, (200, "ok", set())), (6, (503, "fail", {"snowflake"}))])
def test_a_clock_that_went_back_by_more_than_five_seconds_is_not_ready(
    anonymous: APIClient, seconds_back: int, expected: tuple[int, str, set[str]]
) -> None:
    now = timezone.now()
    try:
        with time_machine.travel(now, tick=False) as clock:
            snowflake.begin_anew()
            snowflake.next_id()
            clock.shift(timedelta(seconds=-seconds_back))
            assert readiness(anonymous) == expected
    finally:
        snowflake.begin_anew()


@pytest.mark.parametrize("outage", ["is_silent", "loses_answers"])
def test_without_redis_it_still_serves(anonymous: APIClient, redis_wire: TcpProxy, outage: str) -> None:
    assert readiness(anonymous) == (200, "ok", set())
    setattr(redis_wire, outage, True)
    assert readiness(anonymous) == (200, "degraded", {"redis", "broker"})


def test_with_a_redis_that_is_down_it_still_serves(anonymous: APIClient, redis_wire: TcpProxy) -> None:
    redis_wire.stop()
    assert readiness(anonymous) == (200, "degraded", {"redis", "broker"})
    redis_wire.start()


def test_without_nacos_it_still_serves(anonymous: APIClient, settings: Any) -> None:
    settings.NACOS_SERVER_ADDRESSES = [f"{LOOPBACK}:{free_port()}"]
    live.forget()
    live.refresh()
    assert readiness(anonymous) == (200, "degraded", {"config"})


def test_without_oss_it_still_serves(anonymous: APIClient, oss: FakeOss) -> None:
    assert readiness(anonymous) == (200, "ok", set())
    oss.is_down = True
    health.forget()
    assert readiness(anonymous) == (200, "degraded", {"storage"})


def test_an_oss_that_only_listens_holds_nobody_up(anonymous: APIClient, settings: Any) -> None:
    with socket.create_server((LOOPBACK, 0)) as mute:
        settings.OSS_BUCKET, settings.OSS_ENDPOINT = "photos", f"http://{LOOPBACK}:{mute.getsockname()[1]}"
        settings.OSS_ACCESS_KEY_ID = settings.OSS_ACCESS_KEY_SECRET = "a key for tests"
        backends.forget()
        assert readiness(anonymous) == (200, "degraded", {"storage"})


def test_a_photo_folder_that_cannot_be_made_is_told(anonymous: APIClient, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.LOCAL_PHOTO_DIR = tmp_path / "file" / "photos"
    backends.forget()
    assert readiness(anonymous) == (200, "degraded", {"storage"})


def test_without_the_provider_it_still_serves(anonymous: APIClient, settings: Any) -> None:
    settings.ALIYUN_EMOJI_MOCK, settings.DASHSCOPE_API_KEY = False, "a key for tests"
    backends.forget()
    assert readiness(anonymous) == (200, "ok", set())
    health.forget()
    breaker.fails("default", Fault.ACCOUNT, "in arrears")
    assert readiness(anonymous) == (200, "degraded", {"provider"})


@pytest.mark.usefixtures("one_day")
def test_a_day_whose_money_is_spent_is_no_fault(anonymous: APIClient, settings: Any, task: EmojiTask) -> None:
    settings.EMOJI_DAILY_CAP_CNY = settings.EMOJI_CLIP_CNY
    assert spending.capped_until()
    assert readiness(anonymous) == (200, "ok", set())
