from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.remoteconfig import availability, catalogue, values
from apps.remoteconfig.serializers import ConfigSerializer

UPLOAD_LIMITS = {
    "max_bytes": 10 * 1024 * 1024,
    "types": ["image/jpeg", "image/png", "image/bmp", "image/webp"],
    "min_px": 400,
    "max_px": 7000,
}


class ConfigViewSet(viewsets.ViewSet):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="config", summary="Prices, limits and products", responses=ConfigSerializer)
    def list(self, request: Request) -> Response:
        return Response(visible_to_the_app(values.current()), headers={"Cache-Control": "public, max-age=60"})


def _generation() -> dict[str, Any]:
    pause = availability.generation_pause()
    return {"available": pause is None, "reason": pause.reason if pause else None}


def visible_to_the_app(config: values.RemoteConfig) -> dict[str, Any]:
    """An allow-list: a value that is not named here stays with us."""
    return {
        "points": {"default_cost": config.emoji_cost, "signup_bonus": 0},
        "limits": {"upload": UPLOAD_LIMITS},
        "generation": _generation(),
        "points_packs": catalogue.offered_packs(),
        "vip_products": {name: product.plan for name, product in config.vip_products.items()},
        "weekly_reward": dict(config.weekly_reward),
        "banners": config.banners,
        "styles": config.styles,
    }
