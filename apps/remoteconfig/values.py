"""The values that staff change without a deploy, typed: `current()`. docs/remote-config.md tells each of them."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.core.signals import request_finished, request_started
from django.dispatch import receiver

from apps.remoteconfig import emoji_rules, live, refresher
from apps.remoteconfig.document import InvalidConfig, Values, cleaned, read
from apps.remoteconfig.emoji_rules import Polling, Retention, TaskLimits
from apps.remoteconfig.packaged import DEFAULTS, PACKAGED
from apps.remoteconfig.schema import LIFETIME

__all__ = ["LIFETIME", "PACKAGED", "InvalidConfig", "RemoteConfig", "VipProduct", "current", "parsed"]

REFUNDABLE = ("user_input", "provider", "system")


@dataclass(frozen=True, slots=True)
class VipProduct:
    plan: str
    entitlement: str

    @property
    def is_lifetime(self) -> bool:
        return self.plan == LIFETIME


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """Costs, `points_packs` and `weekly_reward` are points, `pack_bonuses` a part of those of a pack;
    `refunded_failures` are classes of failures.

    Rewards of which `reward_lifetime` is None stay for good. `values` has every key of the schema by its path, for
    those that only pass them on.
    """

    emoji_cost: int
    vip_emoji_cost: int
    points_packs: Mapping[str, int]
    pack_bonuses: Mapping[str, int]
    vip_products: Mapping[str, VipProduct]
    weekly_reward: Mapping[str, int]
    reward_lifetime: timedelta | None
    refunded_failures: frozenset[str]
    daily_detections: int
    daily_upload_megabytes: int
    task_limits: Mapping[str, TaskLimits]
    retention: Retention
    polling: Polling
    banners: list[Any]
    styles: list[Any]
    values: Mapping[str, Any]

    def vip_product(self, product_id: str) -> VipProduct | None:
        """A Play product may carry a base plan: `product:plan`."""
        return self.vip_products.get(product_id) or self.vip_products.get(product_id.partition(":")[0])


def current() -> RemoteConfig:
    """Inside one HTTP request always the same; elsewhere the newest, so ask once for each piece of work."""
    refresher.ensure_running()
    seen = _seen_by_request.get()
    if seen is None:
        return _typed(live.snapshot())
    if not seen:
        seen.append(_typed(live.snapshot()))
    return seen[0]


# Nothing outside a request; inside one a list that has the values as soon as they are used.
_seen_by_request: ContextVar[list[RemoteConfig] | None] = ContextVar("seen_by_request", default=None)


@receiver(request_started)
def _begin_request(**_: Any) -> None:
    _seen_by_request.set([])


@receiver(request_finished)
def _end_request(**_: Any) -> None:
    _seen_by_request.set(None)


@lru_cache(maxsize=2)
def _typed(snapshot: live.Snapshot) -> RemoteConfig:
    return typed(snapshot.values)


def parsed(document: Mapping[str, Any]) -> RemoteConfig:
    """A document over the packaged defaults. Raises InvalidConfig, with every bad key."""
    return typed({**DEFAULTS, **read(document).values})


def typed(values: Values) -> RemoteConfig:
    """From every key of the schema. Raises InvalidConfig, with every bad key."""
    clean = cleaned(values)
    days = clean["weekly_reward.expires_after_days"]
    return RemoteConfig(
        emoji_cost=clean["points_rules.emoji"],
        points_packs={name: pack["points"] for name, pack in clean["points_packs"].items()},
        pack_bonuses={name: pack.get("bonus_points", 0) for name, pack in clean["points_packs"].items()},
        vip_products={name: _vip_product(product) for name, product in clean["vip_products"].items()},
        weekly_reward={plan: clean[f"weekly_reward.{plan}"] for plan in ("weekly", LIFETIME)},
        reward_lifetime=None if days is None else timedelta(days=days),
        vip_emoji_cost=clean["points_rules.emoji_vip"] or clean["points_rules.emoji"],
        daily_detections=clean["detections.daily"],
        daily_upload_megabytes=clean["uploads.daily_megabytes"],
        task_limits=emoji_rules.task_limits(clean),
        retention=emoji_rules.retention(clean),
        polling=emoji_rules.polling(clean),
        refunded_failures=frozenset(name for name in REFUNDABLE if clean[f"refund_policy.{name}"] == "full"),
        banners=clean["banners"],
        styles=clean["styles"],
        values=clean,
    )


def _vip_product(product: Mapping[str, Any]) -> VipProduct:
    return VipProduct(product["plan"], product["entitlement"])
