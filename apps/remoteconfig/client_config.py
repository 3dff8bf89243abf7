"""The part of the configuration that the app may see: an allow-list, so what is not named here stays with us."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from apps.core.json_media import dumps
from apps.core.languages import best
from apps.remoteconfig import app_version, availability, catalogue, live, values
from apps.remoteconfig.schema import PLATFORMS

UPLOAD_LIMITS = {
    "max_bytes": 10 * 1024 * 1024,
    "types": ["image/jpeg", "image/png", "image/bmp", "image/webp"],
    "min_px": 400,
    "max_px": 7000,
}


@dataclass(frozen=True)
class Reader:
    """The app that asks. `languages` as `languages.wanted` gives them; an unknown platform is an empty one."""

    platform: str = ""
    version: str = ""
    languages: tuple[str, ...] = ()


def told_to(reader: Reader) -> dict[str, Any]:
    """From what this process knows already: neither PostgreSQL nor Nacos is asked."""
    config = values.current()
    body = {
        **_about_the_app(config.values, reader),
        **_messages(config.values, reader),
        "generation": asdict(availability.generation()),
        "features": config.values["features"],
        "limits": _limits(config),
        **_catalogue(config),
        "polling": asdict(config.polling),
        **_promises(config.values),
        "banners": config.banners,
        "styles": config.styles,
    }
    return {"version": hashlib.sha256(dumps(body)).hexdigest()[:16], "updated_at": live.snapshot().changed_at, **body}


def _about_the_app(all_values: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    names = ("min_version", "latest_version", "store_url")
    known = reader.platform in PLATFORMS
    told = {name: all_values[f"app.{reader.platform}.{name}"] if known else None for name in names}
    return {**told, "update": app_version.update(reader.version, told["min_version"], told["latest_version"])}


def _messages(all_values: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    message = all_values["maintenance.message"]
    return {
        "maintenance": {
            "active": all_values["maintenance.active"],
            "message": best(message, reader.languages) if message else None,
            "until": all_values["maintenance.until"],
        },
        "notices": [
            {"id": notice["id"], "level": notice["level"], "text": best(notice["text"], reader.languages)}
            for notice in all_values["notices"]
        ],
    }


def _limits(config: values.RemoteConfig) -> dict[str, Any]:
    return {
        "upload": UPLOAD_LIMITS,
        "active_tasks": {who: limits.active for who, limits in config.task_limits.items()},
        "daily_tasks": {who: limits.daily for who, limits in config.task_limits.items()},
    }


def _catalogue(config: values.RemoteConfig) -> dict[str, Any]:
    refunds = {name: config.values[f"refund_policy.{name}"] for name in values.REFUNDABLE} | {"queued_cancel": "full"}
    return {
        "points": {"default_cost": config.emoji_cost, "signup_bonus": 0, "refund_policy": refunds},
        "points_packs": catalogue.last_offered_packs(),
        "vip_products": {name: product.plan for name, product in config.vip_products.items()},
        "weekly_reward": dict(config.weekly_reward),
    }


def _promises(all_values: Mapping[str, Any]) -> dict[str, Any]:
    def section(path: str, *names: str) -> dict[str, Any]:
        return {name: all_values[f"{path}.{name}"] for name in names}

    return {
        "retention": section("retention", "input_hours", "result_days"),
        "consent": {
            "ai_processing": section("consent.ai_processing", "required", "version", "provider", "text_url"),
        },
        "links": section("links", "privacy", "terms", "delete_account", "support_email"),
    }
