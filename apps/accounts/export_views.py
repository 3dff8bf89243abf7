from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import data_export
from apps.accounts.authentication import caller, proved_session
from apps.accounts.export_serializers import ExportListSerializer, ExportSerializer, RequestedExportSerializer
from apps.core.json_media import OrjsonRenderer


class DataExportViewSet(viewsets.ViewSet):
    @extend_schema(
        operation_id="user_export",
        summary="Collect my data",
        description="Once a day. Ask for it again by its id until it is ready.",
        request=None,
        responses={202: RequestedExportSerializer},
    )
    def create(self, request: Request) -> Response:
        export = data_export.request(proved_session(request).user_id)
        body = RequestedExportSerializer(export).data
        return Response(body, status=202, headers={"Location": f"/api/v1/user/export/{export.id}"})

    @extend_schema(
        operation_id="user_exports",
        summary="My exports, newest first",
        description="The last 20, also those that support asked for.",
        responses=ExportListSerializer,
    )
    def list(self, request: Request) -> Response:
        newest = data_export.newest_of(proved_session(request).user_id)
        return Response(ExportListSerializer({"items": newest}).data)

    @extend_schema(operation_id="user_export_status", summary="Are my data ready?", responses=ExportSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        proved_session(request)
        return Response(ExportSerializer(data_export.of_user(caller(request).id, int(pk))).data)


class ZipRenderer(BaseRenderer):
    """Says that a zip may be asked for; the view writes it."""

    media_type = "application/zip"
    format = "zip"


class ExportDownloadViewSet(viewsets.ViewSet):
    """A signed link is the whole right to it, so that a browser can fetch it; only the owner is told one."""

    renderer_classes = (ZipRenderer, OrjsonRenderer)
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="user_export_download",
        summary="My data, as a zip",
        parameters=[OpenApiParameter("token", location=OpenApiParameter.QUERY, required=True)],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        content = data_export.content(int(pk), request.query_params.get("token", ""))
        headers = {"Content-Disposition": 'attachment; filename="pickitchen-data.zip"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type="application/zip", headers=headers)
