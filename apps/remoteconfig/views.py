import hashlib

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import conditional, languages
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.core.json_media import dumps
from apps.remoteconfig import client_config
from apps.remoteconfig.client_config import Reader
from apps.remoteconfig.serializers import ConfigQuerySerializer, ConfigSerializer

# A cache may go on with what it has for a day when we are away.
CACHE_CONTROL = "public, max-age=60, stale-if-error=86400"


class ConfigViewSet(viewsets.ViewSet):
    rate_buckets = {"list": "config"}
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="config",
        summary="Prices, limits, products, and what the app should do",
        parameters=[ConfigQuerySerializer, IF_NONE_MATCH],
        responses={200: ConfigSerializer, 304: NOT_MODIFIED},
    )
    def list(self, request: Request) -> Response:
        body = client_config.told_to(_reader(request))
        etag = f'"{hashlib.sha256(dumps(body)).hexdigest()[:32]}"'
        headers = {"Cache-Control": CACHE_CONTROL, "ETag": etag, "Vary": "Accept-Language"}
        if conditional.is_known(request, etag):
            return Response(status=304, headers=headers)
        return Response(body, headers=headers)


def _reader(request: Request) -> Reader:
    """What an app says about itself is never refused: each of them must be able to read this."""
    query = request.query_params
    spoken = languages.wanted(request.headers.get("Accept-Language", ""))
    return Reader(query.get("platform", ""), query.get("version", "")[:64], spoken)
