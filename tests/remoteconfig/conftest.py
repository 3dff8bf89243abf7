"""A Nacos of the test's own, the look that the refresher takes every few seconds, and a member of staff."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.remoteconfig import live, nacos_copy
from apps.remoteconfig.nacos import Login, Nacos
from dev.fake_nacos import FakeNacos


@pytest.fixture
def nacos(settings: Any) -> Iterator[FakeNacos]:
    """Running, with a document that names nothing, and without a login."""
    fake = FakeNacos()
    fake.start()
    settings.NACOS_SERVER_ADDRESSES = [fake.address]
    yield fake
    fake.stop()


@pytest.fixture
def desk(staff: User) -> Client:
    """A browser with a member of staff in front of it."""
    client = Client()
    client.force_login(staff)
    return client


def client_of(fake: FakeNacos, *more_addresses: str, login: Login | None = None, generation: str = "auto") -> Nacos:
    return Nacos([*more_addresses, fake.address], live.wanted(), login, generation)


@pytest.fixture
def look(db: None, nacos: FakeNacos) -> Callable[..., live.Snapshot]:
    """One look at Nacos and at what is stored, as one process takes it."""
    client = client_of(nacos)

    def take_a_look(by: Nacos = client) -> live.Snapshot:
        live.refresh()
        nacos_copy.ask(by, live.below_nacos(), timedelta(0))
        live.refresh()
        return live.snapshot()

    return take_a_look
