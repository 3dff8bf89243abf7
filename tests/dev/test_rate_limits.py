from apps.core.throttling import DEFAULTS
from dev.rate_limits import NAMES


def test_load_is_let_through_everywhere() -> None:
    assert set(NAMES) == set(DEFAULTS)
