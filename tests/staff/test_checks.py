"""Production does not start with a door that a password alone opens."""

from typing import Any

import pytest

from apps.staff import checks


@pytest.mark.parametrize(
    ("is_production", "asks", "codes"),
    [(True, True, []), (True, False, ["pk.E020"]), (False, False, []), (False, True, [])],
)
def test_the_second_factor_may_be_off_locally_only(
    settings: Any, is_production: bool, asks: bool, codes: list[str]
) -> None:
    settings.PRODUCTION, settings.STAFF_SECOND_FACTOR = is_production, asks
    assert [message.id for message in checks.production_asks_for_a_second_factor()] == codes


@pytest.mark.parametrize(
    ("is_production", "path", "codes"),
    [(True, "admin", ["pk.I020"]), (True, "Admin", ["pk.I020"]), (True, "kitchen-door", []), (False, "admin", [])],
)
def test_production_is_told_of_a_door_that_every_scanner_tries(
    settings: Any, is_production: bool, path: str, codes: list[str]
) -> None:
    settings.PRODUCTION, settings.ADMIN_PATH = is_production, path
    assert [message.id for message in checks.the_staff_pages_are_not_where_all_look()] == codes
