"""PostgreSQL hangs up, takes no writes, is in somebody's way: an app is told to come again, and then has all, once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import repeat
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from apps.accounts.models import User
from apps.emoji.models import EmojiTask
from apps.points.models import PointTransaction
from dev.free_port import LOOPBACK
from dev.mobile_app import MobileApp, Refused
from dev.tcp_proxy import TcpProxy
from tests.journeys.conftest import Product, broken_invariants, wait_until
from tests.journeys.test_database_lost import DROP_ALL_OTHERS
from tests.journeys.test_webhook_killed import someone_waits_for_a_lock

TEMPLATE = "mengwa_kaixin"
# Two processes of two; each has a session.
WEB_THREADS = 4
# Time for another session to ask for what makes the circle of two that wait for each other.
PATIENT = "?options=-c%20lock_timeout%3D60s%20-c%20deadlock_timeout%3D8s"


@pytest.fixture
def wire(product: Product) -> Iterator[TcpProxy]:
    """The product reaches PostgreSQL over a network of ours, the test does not."""
    address = urlsplit(product.env["DATABASE_URL"])
    assert address.port
    proxy = TcpProxy(address.port)
    proxy.start()
    login = address.netloc.rpartition("@")[0]
    product.env["DATABASE_URL"] = address._replace(netloc=f"{login}@{LOOPBACK}:{proxy.port}").geturl()
    yield proxy
    proxy.stop()


@pytest.fixture
def read_only() -> Iterator[None]:
    """As a replica that took the address of its primary: new sessions write nothing, the old ones are gone."""
    _say(f"ALTER DATABASE {_database()} SET default_transaction_read_only = on")
    _say(DROP_ALL_OTHERS)
    yield
    _say(f"ALTER DATABASE {_database()} RESET default_transaction_read_only")


@contextmanager
def somebody_holds_the_balance(product: Product, user: User) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """An operator who looked at it, and has not ended the transaction."""
    with psycopg.connect(product.env["DATABASE_URL"].partition("?")[0]) as other:
        other.execute("SELECT 1 FROM points_userpoints WHERE user_id = %s FOR UPDATE", [user.id])
        yield other


def refused(app: MobileApp, upload_id: str, key: str) -> None:
    with pytest.raises(Refused) as refusal:
        app.create_task(TEMPLATE, upload_id, key)
    assert (refusal.value.status, refusal.value.code) == (503, "dependency_unavailable")


def order_at_last(app: MobileApp, upload_id: str, key: str) -> None:
    """Each session that read only meanwhile costs one refusal, and is given up."""
    for _ in range(WEB_THREADS):
        with suppress(Refused):
            app.create_task(TEMPLATE, upload_id, key)
            return
    app.create_task(TEMPLATE, upload_id, key)


def made_and_paid(number: int) -> bool:
    return EmojiTask.objects.filter(status="succeeded").count() == number and spends() == number


def spends() -> int:
    return PointTransaction.objects.filter(kind="spend").count()


@pytest.mark.parametrize("arrives", [False, True], ids=["is lost", "arrives"])
def test_f34_the_key_tells_what_became_of_a_commit_whose_answer_was_cut_off(
    product: Product, wire: TcpProxy, arrives: bool
) -> None:
    product.start_web()
    app, key = product.app_with_points(600), str(uuid4())
    upload_id = product.upload(app)
    app.create_task(TEMPLATE, upload_id)
    wire.last_words, wire.last_words_arrive = b"COMMIT", arrives
    refused(app, upload_id, key)
    assert wait_until(lambda: spends() == 1 + arrives, "the server has done as it heard")
    wire.last_words = b""
    task = app.create_task(TEMPLATE, upload_id, key)
    assert app.create_task(TEMPLATE, upload_id, key)["id"] == task["id"]
    assert (EmojiTask.objects.count(), spends(), app.balance()) == (2, 2, 200)
    product.start_worker()
    product.start_beat()
    wait_until(lambda: made_and_paid(2), "both are made")
    assert broken_invariants() == []


def test_f35_sessions_of_a_server_that_became_read_only_are_given_up(
    product: Product, request: pytest.FixtureRequest
) -> None:
    product.start_web()
    product.start_worker()
    product.start_beat()
    app, key = product.app_with_points(600), str(uuid4())
    upload_id = product.upload(app)
    app.create_task(TEMPLATE, upload_id)
    wait_until(lambda: made_and_paid(1), "one is made before")
    request.getfixturevalue("read_only")
    for _ in range(8):
        refused(app, upload_id, key)
        assert app.balance() == 400
    _say(f"ALTER DATABASE {_database()} RESET default_transaction_read_only")
    order_at_last(app, upload_id, key)
    wait_until(lambda: made_and_paid(2), "it is made afterwards")
    assert all(not child.ended for child in product.children.running)
    assert broken_invariants() == []


def test_f39_a_database_that_is_slow_for_everything_refuses_nothing(product: Product, wire: TcpProxy) -> None:
    product.start_web()
    product.start_worker()
    product.start_beat()
    apps = [product.app_with_points(200) for _ in range(WEB_THREADS)]
    uploads = [product.upload(app) for app in apps]
    wire.delay_seconds = 0.05
    with ThreadPoolExecutor(len(apps)) as customers:
        # A refusal would be raised here.
        list(customers.map(MobileApp.create_task, apps, repeat(TEMPLATE), uploads))
    wait_until(lambda: made_and_paid(len(apps)), "all are made")
    assert [app.balance() for app in apps] == [0] * len(apps)
    assert broken_invariants() == []


def test_f36_who_has_to_give_way_in_a_deadlock_is_told_to_come_again(product: Product) -> None:
    product.env["DATABASE_URL"] += PATIENT
    product.start_web()
    app, key = product.app_with_points(200), str(uuid4())
    upload_id, user = product.upload(app), User.objects.get()
    with somebody_holds_the_balance(product, user) as other:
        order = threading.Thread(target=refused, args=(app, upload_id, key))
        order.start()
        wait_until(someone_waits_for_a_lock, "the order waits for the balance, and holds the user")
        # Never the one to give way.
        other.execute("SET LOCAL deadlock_timeout = '1h'")
        other.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR UPDATE", [user.id])
        order.join()
    assert "deadlock detected" in product.web.log.read_text()
    app.create_task(TEMPLATE, upload_id, key)
    assert (EmojiTask.objects.count(), spends(), app.balance()) == (1, 1, 0)


def test_f37_f40_who_waits_for_a_row_in_vain_is_told_to_come_again_and_nobody_else_waits(product: Product) -> None:
    product.start_web()
    app, key = product.app_with_points(200), str(uuid4())
    user = User.objects.get()
    upload_id, neighbour = product.upload(app), product.app_with_points(200)
    upload_of_neighbour = product.upload(neighbour)
    with somebody_holds_the_balance(product, user):
        order = threading.Thread(target=refused, args=(app, upload_id, key))
        order.start()
        wait_until(someone_waits_for_a_lock, "the order waits for the balance")
        neighbour.create_task(TEMPLATE, upload_of_neighbour)
        order.join()
        assert app.balance() == 200
    app.create_task(TEMPLATE, upload_id, key)
    assert (spends(), app.balance(), neighbour.balance()) == (2, 0, 0)
    assert broken_invariants() == []


def _database() -> str:
    return connection.ops.quote_name(connection.settings_dict["NAME"])


def _say(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
