"""The values that staff change without a deploy, typed: `current()`.

They come from the file named in REMOTE_CONFIG_FILE, where a key it lacks is taken from the packaged defaults.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.remoteconfig import emoji_rules
from apps.remoteconfig.bounds import InvalidConfig, whole_number
from apps.remoteconfig.emoji_rules import Retention, TaskLimits

PACKAGED = Path(__file__).with_name("defaults.json")
LIFETIME = "lifetime"


@dataclass(frozen=True, slots=True)
class VipProduct:
    plan: str
    entitlement: str

    @property
    def is_lifetime(self) -> bool:
        return self.plan == LIFETIME


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """Costs, `points_packs` and `weekly_reward` are points; `refunded_failures` are classes of failures.

    Rewards of which `reward_lifetime` is None stay for good.
    """

    emoji_cost: int
    vip_emoji_cost: int
    points_packs: Mapping[str, int]
    vip_products: Mapping[str, VipProduct]
    weekly_reward: Mapping[str, int]
    reward_lifetime: timedelta | None
    refunded_failures: frozenset[str]
    daily_detections: int
    task_limits: Mapping[str, TaskLimits]
    retention: Retention
    banners: list[Any]
    styles: list[Any]

    def vip_product(self, product_id: str) -> VipProduct | None:
        """A Play product may carry a base plan: `product:plan`."""
        return self.vip_products.get(product_id) or self.vip_products.get(product_id.partition(":")[0])


def current() -> RemoteConfig:
    return _read(settings.REMOTE_CONFIG_FILE)


@cache
def _read(file_name: str) -> RemoteConfig:
    document = json.loads(PACKAGED.read_text(encoding="utf-8"))
    if file_name:
        document |= json.loads(Path(file_name).read_text(encoding="utf-8"))
    return parsed(document)


def parsed(document: Mapping[str, Any]) -> RemoteConfig:
    """Raises InvalidConfig, naming the value."""
    plans, prices = ("weekly", LIFETIME), document["points_rules"]
    return RemoteConfig(
        emoji_cost=_points("points_rules.emoji", prices["emoji"]),
        vip_emoji_cost=_points("points_rules.emoji_vip", prices.get("emoji_vip", prices["emoji"])),
        points_packs={name: _points(name, points) for name, points in document["points_packs"].items()},
        vip_products={name: _vip_product(name, product) for name, product in document["vip_products"].items()},
        weekly_reward={plan: _points(plan, document["weekly_reward"][plan]) for plan in plans},
        reward_lifetime=_days(document["weekly_reward"].get("expires_after_days")),
        refunded_failures=_refunded(document["refund_policy"]),
        daily_detections=whole_number("detections.daily", document["detections"]["daily"], 1, 10_000),
        task_limits=emoji_rules.task_limits(document["task_limits"]),
        retention=emoji_rules.retention(document["retention"]),
        banners=document["banners"],
        styles=document["styles"],
    )


def _points(name: str, value: Any) -> int:
    if isinstance(value, dict):
        value = value.get("points")
    if type(value) is not int or not 0 < value <= 2_000_000_000:
        raise InvalidConfig(f"{name} is no number of points above zero: {value!r}")
    return value


def _days(value: Any) -> timedelta | None:
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= 3650:
        raise InvalidConfig(f"weekly_reward.expires_after_days is no number of days: {value!r}")
    return timedelta(days=value)


def _refunded(policy: Any) -> frozenset[str]:
    if not isinstance(policy, dict) or not set(policy.values()) <= {"none", "full"}:
        raise InvalidConfig(f"refund_policy says none or full for each class of failures: {policy!r}")
    return frozenset(name for name, what in policy.items() if what == "full")


def _vip_product(name: str, value: Any) -> VipProduct:
    if isinstance(value, str):
        value = {"plan": value}
    if not isinstance(value, dict) or not isinstance(value.get("plan"), str):
        raise InvalidConfig(f"{name} has no plan: {value!r}")
    return VipProduct(value["plan"], str(value.get("entitlement", "vip")))
