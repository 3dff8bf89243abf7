"""Errors of web and worker reach Sentry with release, process, request and user, and without a secret; over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.db import connection

from dev import processes
from dev.fake_sentry import FakeSentry
from dev.mobile_app import MobileApp
from tests.journeys.conftest import Product, wait_until

CANARY = "pkd1_canary0123456789"


@pytest.fixture
def sentry(product: Product) -> Iterator[FakeSentry]:
    fake = FakeSentry()
    fake.start()
    product.env |= {"SENTRY_DSN": fake.dsn, "RELEASE_VERSION": "1.2.3", "RELEASE_COMMIT": "abc"}
    yield fake
    fake.stop()


@pytest.fixture
def broken_table(product: Product) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE emoji_emojitemplate RENAME TO away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO emoji_emojitemplate")


def ask_for_templates(app: MobileApp) -> int:
    headers = {"X-Request-ID": "request-for-sentry", "X-Secret": CANARY, "Cookie": f"sessionid={CANARY}"}
    url = f"{app.api}/emoji/templates?device_secret={CANARY}"
    return app.http.get(url, headers=headers, timeout=30).status_code


def first_of(sentry: FakeSentry, process: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = wait_until(
        lambda: next((event for event in sentry.told_of(process) if text in str(event)), None),
        f"an error of the {process} is reported",
    )
    return found


def test_an_error_of_the_web_server_is_reported(product: Product, sentry: FakeSentry, broken_table: None) -> None:
    product.start_web()
    app = MobileApp(processes.base_url(product.port))
    user = app.login()["user"]
    assert ask_for_templates(app) == 500
    event = first_of(sentry, "web", "ProgrammingError")
    assert (event["release"], event["environment"]) == ("pickitchen@1.2.3+abc", "local")
    assert event["tags"]["request_id"] == "request-for-sentry"
    assert event["request"].keys() <= {"url", "method"}
    assert all("vars" not in frame for frame in event["exception"]["values"][-1]["stacktrace"]["frames"])
    assert not event.get("user") or event["user"] == {"id": user["id"]}
    assert_clean(sentry, app)


def test_an_error_of_a_worker_is_reported(product: Product, sentry: FakeSentry, broker_url: str) -> None:
    product.start_worker()
    with Celery(broker=broker_url, set_as_current=False) as outsider:
        outsider.send_task("apps.emoji.tasks.advance", [CANARY])
    event = first_of(sentry, "worker", "DataError")
    assert event["release"] == "pickitchen@1.2.3+abc"
    assert event["tags"]["task_id"]
    assert_clean(sentry)


def test_nothing_is_sent_to_anybody_without_an_address(
    product: Product, sentry: FakeSentry, broken_table: None
) -> None:
    del product.env["SENTRY_DSN"]
    product.start_web()
    assert ask_for_templates(MobileApp(processes.base_url(product.port))) == 500
    product.children.stop(product.web)
    assert sentry.bodies == []


def assert_clean(sentry: FakeSentry, app: MobileApp | None = None) -> None:
    everything = b"".join(sentry.bodies).decode()
    assert everything
    canaries = [CANARY]
    if app:
        token = str(app.http.headers["Authorization"]).removeprefix("Bearer ")
        canaries += [app.device_id, app.device_secret, token]
    assert [canary for canary in canaries if canary in everything] == []
