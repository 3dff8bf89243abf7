"""Redis is only a bell: whatever happens to it, every task that was accepted is made."""

import signal
from urllib.parse import urlsplit

import redis

from apps.emoji.models import EmojiTask
from dev.children import Child, Children
from dev.valkey import start_valkey_at
from tests.journeys.conftest import Product, wait_until


def all_succeeded(number: int) -> bool:
    return EmojiTask.objects.filter(status="succeeded").count() == number


def test_tasks_whose_messages_were_wiped_are_made_all_the_same(product: Product, broker_url: str) -> None:
    product.start_web()
    app = product.app_with_points(1000)
    upload_id = product.upload(app)
    for _ in range(5):
        app.create_task("mengwa_kaixin", upload_id)
    with redis.Redis.from_url(broker_url) as broker:
        assert broker.llen("celery") == 5
        broker.flushall()
    product.start_worker()
    product.start_beat()
    wait_until(lambda: all_succeeded(5), "all five tasks succeed")


def test_a_task_created_while_the_broker_is_down_is_made_when_it_is_back(
    product: Product, family: Children, broker_url: str
) -> None:
    everything_runs(product)
    app = product.app_with_points(200)
    upload_id = product.upload(app)
    family.stop(valkey_of(family))
    assert app.create_task("mengwa_kaixin", upload_id)["status"] == "queued"
    restart_valkey(family, product, broker_url)
    wait_until(lambda: all_succeeded(1), "the task succeeds")


def test_a_task_created_while_the_broker_is_silent_is_made_when_it_speaks_again(
    product: Product, family: Children
) -> None:
    everything_runs(product)
    app = product.app_with_points(200)
    upload_id = product.upload(app)
    valkey_of(family).process.send_signal(signal.SIGSTOP)
    assert app.create_task("mengwa_kaixin", upload_id)["status"] == "queued"
    valkey_of(family).process.send_signal(signal.SIGCONT)
    wait_until(lambda: all_succeeded(1), "the task succeeds")


def everything_runs(product: Product) -> None:
    product.start_web()
    product.start_worker()
    product.start_beat()


def valkey_of(family: Children) -> Child:
    return next(child for child in family.running if child.name == "Valkey")


def restart_valkey(family: Children, product: Product, broker_url: str) -> None:
    """Empty, at the same address."""
    address = urlsplit(broker_url)
    assert address.port
    assert address.password
    start_valkey_at(family, product.folder / "log" / "valkey.log", address.port, address.password)
