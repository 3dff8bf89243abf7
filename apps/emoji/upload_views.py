from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.core.body_serializer import BodySerializer
from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji import uploads


class NewUploadSerializer(BodySerializer):
    content_type = serializers.CharField(max_length=100)
    content_length = serializers.IntegerField(min_value=1, help_text="bytes")
    sha256 = serializers.RegexField(
        "^[0-9A-Fa-f]{64}$",
        required=False,
        help_text="of the photo's bytes, in hex; what arrives is compared with it before it is used",
        error_messages={"invalid": "Use the 64 hex digits of a SHA-256."},
    )
    purpose = serializers.ChoiceField(
        choices=[(purpose.value, purpose.value) for purpose in uploads.Purpose],
        default=uploads.Purpose.EMOJI.value,
        help_text="for an avatar nobody need agree to the AI provider",
    )


class UploadTicketSerializer(serializers.Serializer[Any]):
    upload_id = SnowflakeIdField(source="upload.id")
    method = serializers.SerializerMethodField()
    url = serializers.CharField(source="ticket.url")
    headers = serializers.DictField(source="ticket.headers", child=serializers.CharField())
    max_bytes = serializers.IntegerField(source="upload.content_length")
    expires_at = serializers.DateTimeField(source="ticket.expires_at")

    def get_method(self, _: Any) -> str:
        return "PUT"


class UploadViewSet(viewsets.ViewSet):
    rate_buckets = {"create": "upload_ticket"}

    @extend_schema(
        operation_id="emoji_uploads_create",
        summary="A ticket to upload one photo",
        description="Send the photo to `url` by `method` with exactly these `headers`, without a token. Storage itself"
        " refuses another type or size. Whether what arrived has the `sha256` is seen when it is first checked or"
        " ordered with: if not, that costs nothing and says `image_checksum_mismatch`, and a new ticket is needed. The"
        " `content_length` of all tickets of a day counts, also of those that are not used.",
        request=NewUploadSerializer,
        responses={201: UploadTicketSerializer},
    )
    def create(self, request: Request) -> Response:
        form = NewUploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        issued = uploads.issue(caller(request).id, **form.validated_data)
        return Response(UploadTicketSerializer(issued).data, status=201)
