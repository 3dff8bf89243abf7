"""A change in Nacos or by staff reaches every process; /config is told even when everything else is away."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from apps.accounts.models import User
from apps.points.models import UserPoints
from apps.remoteconfig import overrides
from apps.remoteconfig.overrides import Author, Change
from dev import processes
from dev.fake_nacos import FakeNacos
from dev.free_port import LOOPBACK, free_port
from dev.loopback_http import loopback_session
from dev.project import ROOT
from tests.journeys.conftest import Product, wait_until

# In a row and on a connection each, so that both processes of a server have given some.
ENOUGH_LOOKS = 20


GRANT = "apps.points.tasks.grant_weekly_reward"


@pytest.fixture
def nacos() -> Iterator[FakeNacos]:
    fake = FakeNacos(username="pickitchen", password="a password for tests")
    fake.publish({"points_rules": {"emoji": 150}})
    fake.start()
    yield fake
    fake.stop()


def told_of(nacos: FakeNacos) -> dict[str, str]:
    return {
        "NACOS_SERVER_ADDRESSES": nacos.address,
        "NACOS_USERNAME": nacos.username,
        "NACOS_PASSWORD": nacos.password,
    }


def config_of(product: Product) -> dict[str, Any]:
    body: dict[str, Any] = (
        loopback_session().get(f"{processes.base_url(product.port)}/api/v1/config", timeout=30).json()
    )
    return body


def all_tell(products: list[Product], points: int) -> Callable[[], bool]:
    def look() -> bool:
        costs = (config_of(product)["points"]["default_cost"] for product in products for _ in range(ENOUGH_LOOKS))
        return all(cost == points for cost in costs)

    return look


def test_a_change_reaches_the_processes_of_two_servers(product: Product, nacos: FakeNacos, staff: User) -> None:
    product.env |= told_of(nacos)
    port = free_port()
    both = [product, replace(product, port=port, env=product.env | {"PUBLIC_BASE_URL": processes.base_url(port)})]
    for server in both:
        server.start_web()
    wait_until(all_tell(both, 150), "both have what Nacos had at their start")
    nacos.publish({"points_rules": {"emoji": 120}})
    wait_until(all_tell(both, 120), "a change in Nacos reaches all")
    overrides.apply(Change("points_rules.emoji", 120, 100, {"value": 100}, 0), Author(staff.id, "Sale"))
    wait_until(all_tell(both, 100), "a change by staff reaches all")


def test_a_change_reaches_the_pool_of_a_worker(product: Product, nacos: FakeNacos, user: User) -> None:
    """A child of the pool works with what Nacos has, and then hears of changes by itself."""
    User.objects.filter(id=user.id).update(vip_is_lifetime=True)
    nacos.publish({"weekly_reward": {"lifetime": 3500}})
    product.env |= told_of(nacos)
    product.start_worker()
    call = [sys.executable, "-m", "celery", "-A", "pickitchen", "call", GRANT]
    subprocess.run(call, cwd=ROOT, env=product.env, check=True, capture_output=True, timeout=180)
    wait_until(lambda: UserPoints.objects.filter(user=user, granted=3500).exists(), "the worker grants what Nacos says")
    nacos.publish({"weekly_reward": {"lifetime": 3600}})
    log = product.folder / "log" / "worker-1.log"
    wait_until(lambda: "the remote configuration has changed" in log.read_text(), "the worker hears of the change")


def test_config_is_told_with_database_and_nacos_away(product: Product) -> None:
    nowhere = f"{LOOPBACK}:{free_port()}"
    product.env |= {"NACOS_SERVER_ADDRESSES": nowhere, "DATABASE_URL": f"postgresql://postgres@{nowhere}/none"}
    log = product.folder / "log" / "web.log"
    product.children.start("web", processes.web(product.port), log, env=product.env, cwd=ROOT)
    body = wait_until(lambda: _told(product), "the web server answers")
    assert body["points"]["default_cost"] == 200


def _told(product: Product) -> dict[str, Any] | None:
    try:
        return config_of(product)
    except OSError:
        return None
