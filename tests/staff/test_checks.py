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
