"""One look at the web server tells what every process of the machine did; a worker tells it on its own address too."""

from collections.abc import Callable

import pytest
import redis
import requests

from apps.emoji.models import EmojiTask
from dev import processes
from dev.children import Children
from dev.fake_dashscope import FakeDashScope
from dev.free_port import LOOPBACK, free_port
from dev.mobile_app import MobileApp
from tests.conftest import WEBHOOK_SECRET, revenuecat_event
from tests.core.test_metrics_page import CONTRACT
from tests.journeys.conftest import Product, wait_until
from tests.journeys.test_broker_lost import valkey_of
from tests.journeys.test_worker_faults import RUBBISH
from tests.scrape import Scrape, parsed

TOKEN = "a metrics token for tests only, long enough"
# The others are moved by tests of their own: they tell of faults, of a Sunday, or are at rest when all is done.
MOVED = CONTRACT - {
    *("pk_ledger_drift_users", "pk_snowflake_clock_back_total", "pk_enqueue_failures_total", "pk_config_source"),
    *("pk_weekly_reward_last_success_timestamp", "pk_queue_depth", "pk_queue_oldest_seconds", "pk_outbox_pending"),
    "pk_dashscope_budget_used",
}


@pytest.fixture
def read(product: Product) -> Callable[..., Scrape]:
    product.env |= {
        "METRICS_DIR": str(product.folder / "metrics"),
        "METRICS_TOKEN": TOKEN,
        "REVENUECAT_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }

    def scrape(port: int = 0) -> Scrape:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.get(f"{processes.base_url(port or product.port)}/metrics", headers=headers, timeout=30)
        assert answer.status_code == 200
        return parsed(answer.text)

    return scrape


def made(number: int) -> bool:
    return EmojiTask.objects.filter(status="succeeded").count() == number


def tell_of_a_purchase(product: Product) -> None:
    answer = requests.post(
        f"{processes.base_url(product.port)}/api/v1/webhooks/revenuecat",
        json=revenuecat_event("INITIAL_PURCHASE"),
        headers={"Authorization": f"Bearer {WEBHOOK_SECRET}"},
        timeout=30,
    )
    assert answer.ok


def show_a_refresh_token_long_replaced(product: Product, app: MobileApp) -> None:
    """Its direct predecessor may come again, for a lost answer; the one before that may not."""
    refresh = f"{processes.base_url(product.port)}/api/v1/auth/refresh"
    first = token = app.login()["refresh_token"]
    for _ in range(2):
        token = requests.post(refresh, json={"refresh_token": token}, timeout=30).json()["refresh_token"]
    assert requests.post(refresh, json={"refresh_token": first}, timeout=30).status_code == 401


def test_every_metric_of_the_contract_moves(
    product: Product, read: Callable[..., Scrape], dashscope: FakeDashScope
) -> None:
    worker_port = free_port()
    product.start_web()
    before = read()
    app = product.app_with_points(600)
    upload_id = product.upload(app)
    for _ in range(3):
        app.create_task("mengwa_kaixin", upload_id)
    waited = wait_until(lambda: (told := read()).value("pk_queue_oldest_seconds") > 0 and told, "a task waits")
    assert waited.value("pk_tasks_open") > 0
    # Not before: what was read stays for seconds, in which a worker makes them all.
    product.env["METRICS_ADDRESS"] = f"{LOOPBACK}:{worker_port}"
    product.start_worker()
    product.start_beat()
    tell_of_a_purchase(product)
    wait_until(lambda: made(3), "all are made")
    show_a_refresh_token_long_replaced(product, app)
    after = wait_until(lambda: (told := read()).value("pk_tasks_total", status="succeeded") == 3 and told, "counted")
    for name in MOVED:
        assert after.value(name) > before.value(name), name
    assert after.value("pk_tasks_total", status="queued") == 3
    assert after.value("pk_points_total", type="spend") == 600
    assert after.value("pk_dashscope_requests_total", op="submission", outcome="ok") == 3
    assert after.value("pk_http_requests_total", route="emoji-tasks-list", status="201") == 3
    assert after.value("pk_job_last_success_timestamp", task="apps.emoji.tasks.ring_due") > 0
    of_worker = read(worker_port)
    assert of_worker.value("pk_tasks_total", status="succeeded") == 3
    assert of_worker.has("pk_clock_offset_seconds")
    assert not of_worker.has("pk_tasks_open")


def test_what_is_no_job_is_counted(product: Product, read: Callable[..., Scrape], broker_url: str) -> None:
    product.start_web()
    product.start_worker()
    with redis.Redis.from_url(broker_url) as broker:
        broker.lpush("celery", *RUBBISH)
    wait_until(lambda: read().value("pk_jobs_total", state="refused") == len(RUBBISH), "each is counted")
    assert not product.workers[0].ended


def test_bells_that_the_broker_did_not_take_are_counted(
    product: Product, read: Callable[..., Scrape], family: Children
) -> None:
    product.start_web()
    app = product.app_with_points(200)
    upload_id = product.upload(app)
    assert read().value("pk_enqueue_failures_total") == 0
    family.stop(valkey_of(family))
    app.create_task("mengwa_kaixin", upload_id)
    assert read().value("pk_enqueue_failures_total") == 1
    wait_until(lambda: read().value("pk_redis_up") == 0, "states are read anew after a few seconds")
