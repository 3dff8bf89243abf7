"""Values are typed, and one that would hurt is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.remoteconfig import values
from apps.remoteconfig.values import InvalidConfig, parsed

PACKAGED = json.loads(values.PACKAGED.read_text())


def test_the_packaged_values_are_the_products_numbers() -> None:
    config = values.current()
    assert config.emoji_cost == 200
    assert config.weekly_reward == {"weekly": 2000, "lifetime": 3000}
    assert config.vip_products["lifetime_001"].is_lifetime


def test_a_file_replaces_what_it_names_and_nothing_else(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"points_rules": {"emoji": 50}}')
    settings.REMOTE_CONFIG_FILE = str(file)
    assert values.current().emoji_cost == 50
    assert values.current().points_packs["points_1000"] == 1000


def test_a_play_base_plan_is_found_by_its_product() -> None:
    config = values.current()
    assert config.vip_product("weekly_001:p1w") == config.vip_product("weekly_001")
    assert config.vip_product("unknown:p1w") is None


@pytest.mark.parametrize("price", [0, -1, "200", None, 1.5, True, 2_000_000_001], ids=str)
def test_a_price_that_is_no_number_above_zero_is_refused(price: Any) -> None:
    with pytest.raises(InvalidConfig, match=r"points_rules\.emoji"):
        parsed(PACKAGED | {"points_rules": {"emoji": price}})


def test_vips_pay_what_all_pay_unless_a_price_of_theirs_is_given() -> None:
    assert values.current().vip_emoji_cost == 200
    assert parsed(PACKAGED | {"points_rules": {"emoji": 50}}).vip_emoji_cost == 50
    assert parsed(PACKAGED | {"points_rules": {"emoji": 50, "emoji_vip": 20}}).vip_emoji_cost == 20


@pytest.mark.parametrize("hours", [0, -1, "24", None, 1.5], ids=str)
def test_a_lifetime_that_is_no_time_is_refused(hours: Any) -> None:
    with pytest.raises(InvalidConfig, match=r"retention\.input_hours"):
        parsed(PACKAGED | {"retention": {"input_hours": hours, "result_days": 30}})


def test_a_limit_of_none_at_all_is_refused() -> None:
    nobody = {"active": 0, "daily": 50}
    with pytest.raises(InvalidConfig, match=r"task_limits\.vip\.active"):
        parsed(PACKAGED | {"task_limits": {"free": {"active": 2, "daily": 50}, "vip": nobody}})


def test_the_predecessors_forms_are_read_too() -> None:
    config = parsed(PACKAGED | {"vip_products": {"weekly_001": "weekly"}, "points_packs": {"p": {"points": 5}}})
    assert config.vip_products["weekly_001"].plan == "weekly"
    assert config.points_packs == {"p": 5}
