"""One kitchen for each file of this folder."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.emptied import Tables
from tests.journeys.in_kitchen.kitchen import Kitchen, open_kitchen


@pytest.fixture(scope="module")
def kitchen(
    request: pytest.FixtureRequest,
    django_db_setup: Tables,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kitchen]:
    settings = getattr(request.module, "SETTINGS", {})
    folder = tmp_path_factory.mktemp("kitchen")
    with django_db_blocker.unblock(), open_kitchen(folder, django_db_setup, **settings) as kitchen:
        yield kitchen


@pytest.fixture(scope="module", autouse=True)
def db(kitchen: Kitchen) -> None:
    """Instead of the transaction that a test usually gets: here the processes must see its rows."""


@pytest.fixture
def quiet(kitchen: Kitchen) -> Kitchen:
    """Nothing is under way, and nothing is to go wrong yet."""
    kitchen.come_to_rest()
    return kitchen
