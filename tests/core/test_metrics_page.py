"""Metrics are told to whoever has the token, and to nobody else; every name the contract promises is among them."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.db import connection
from rest_framework.test import APIClient

from apps.core import metrics, metrics_page
from dev.free_port import LOOPBACK
from dev.tcp_proxy import TcpProxy
from tests.scrape import parsed

TOKEN = "a metrics token for tests only, long enough"

# Contract 4.8; a counter is told with `_total`, a histogram with three endings.
CONTRACT = {
    "pk_http_requests_total",
    "pk_http_seconds_bucket",
    "pk_tasks_total",
    "pk_task_stage_seconds_bucket",
    "pk_queue_depth",
    "pk_queue_oldest_seconds",
    "pk_enqueue_failures_total",
    "pk_outbox_pending",
    "pk_dashscope_requests_total",
    "pk_dashscope_budget_used",
    "pk_points_total",
    "pk_ledger_drift_users",
    "pk_webhook_events_total",
    "pk_webhook_lag_seconds_bucket",
    "pk_snowflake_clock_back_total",
    "pk_weekly_reward_last_success_timestamp",
    "pk_config_source",
    "pk_refresh_reuse_total",
}


@pytest.fixture
def bearer(settings: Any) -> dict[str, str]:
    settings.METRICS_TOKEN = TOKEN
    metrics.forget()
    return {"Authorization": f"Bearer {TOKEN}"}


def test_every_metric_of_the_contract_has_its_name() -> None:
    assert metrics.names() >= CONTRACT


@pytest.mark.django_db
def test_all_that_can_be_read_is_told(anonymous: APIClient, bearer: dict[str, str]) -> None:
    answer = anonymous.get("/metrics", headers=bearer)
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    told = parsed(answer.content.decode())
    assert not told.has("pk_unreadable")
    assert told.value("pk_database_up") == told.value("pk_redis_up") == 1
    assert told.value("pk_database_connections") >= 1
    assert told.value("pk_database_connections_max") >= told.value("pk_database_connections")
    assert told.value("pk_database_bytes") > 1_000_000
    assert abs(told.value("pk_clock_offset_seconds")) < 1


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer another", TOKEN, f"Basic {TOKEN}", "Bearer ü"])
def test_without_the_token_there_is_no_such_page(anonymous: APIClient, bearer: dict[str, str], shown: str) -> None:
    assert anonymous.get("/metrics", headers={"Authorization": shown}).status_code == 404


@pytest.mark.parametrize("shown", ["Bearer ", "Bearer None"])
def test_without_a_token_of_ours_nobody_is_let_in(anonymous: APIClient, settings: Any, shown: str) -> None:
    settings.METRICS_TOKEN = ""
    assert anonymous.get("/metrics", headers={"Authorization": shown}).status_code == 404


@pytest.fixture
def worker_page(bearer: dict[str, str]) -> Iterator[str]:
    server = metrics_page.serve(f"{LOOPBACK}:0")
    yield f"http://{LOOPBACK}:{server.server_address[1]}/metrics"
    server.shutdown()
    server.server_close()


def test_a_worker_tells_its_counts_on_an_address_of_its_own(worker_page: str, bearer: dict[str, str]) -> None:
    told = parsed(requests.get(worker_page, headers=bearer, timeout=60).text)
    assert told.has("pk_enqueue_failures_total")
    assert not told.has("pk_database_up")


@pytest.mark.django_db
def test_a_worker_tells_how_far_its_clock_is_off(worker_page: str, bearer: dict[str, str]) -> None:
    told = parsed(requests.get(worker_page, headers=bearer, timeout=60).text)
    assert told.has("pk_clock_offset_seconds")
    assert abs(told.value("pk_clock_offset_seconds")) < 1
    assert not told.has("pk_unreadable")


def test_a_worker_asks_for_the_token_too(worker_page: str, bearer: dict[str, str]) -> None:
    assert requests.get(worker_page, timeout=60).status_code == 404
    assert requests.get(worker_page.replace("/metrics", "/"), headers=bearer, timeout=60).status_code == 404


def test_somebody_who_only_connects_keeps_nobody_from_reading(worker_page: str, bearer: dict[str, str]) -> None:
    host, port = worker_page.removeprefix("http://").removesuffix("/metrics").split(":")
    with socket.create_connection((host, int(port))):
        assert requests.get(worker_page, headers=bearer, timeout=60).ok


@pytest.mark.django_db(transaction=True)
def test_counts_are_told_while_the_database_is_away(anonymous: APIClient, bearer: dict[str, str]) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    away = TcpProxy(1)
    away.start()
    connection.settings_dict["PORT"] = str(away.port)
    told = parsed(anonymous.get("/metrics", headers=bearer).content.decode())
    connection.close()
    connection.settings_dict["PORT"] = port
    away.stop()
    assert told.value("pk_database_up") == 0
    assert told.has("pk_unreadable", metric="pk_tasks_open")
    assert told.has("pk_enqueue_failures_total")
    metrics.forget()
