from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.core.body_serializer import BodySerializer
from apps.core.sentences import said
from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji import photo_check
from apps.emoji.models import Detection
from apps.emoji.task_errors import TASK_ERRORS

BOX = "[left, top, right, bottom] in pixels of the upright photo; null when it did not pass"


class PhotoCheckSerializer(BodySerializer):
    upload_id = SnowflakeIdField()


class DetectionSerializer(serializers.Serializer[Detection]):
    detection_id = SnowflakeIdField(source="id")
    passed = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField(help_text="one of the photo_* codes of a task's error")
    hint = serializers.SerializerMethodField(help_text="the reason, as a sentence")
    face_box = serializers.ListField(child=serializers.IntegerField(), allow_null=True, help_text=BOX)
    ext_box = serializers.ListField(
        child=serializers.IntegerField(), allow_null=True, source="extended_box", help_text=BOX
    )
    expires_at = serializers.DateTimeField()

    def get_passed(self, detection: Detection) -> bool:
        return detection.outcome == Detection.Outcome.PASSED

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_reason(self, detection: Detection) -> str | None:
        return detection.reason or None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_hint(self, detection: Detection) -> str | None:
        return said(TASK_ERRORS[detection.reason].message) if detection.reason else None


class PhotoCheckViewSet(viewsets.ViewSet):
    rate_buckets = {"create": "detection"}

    @extend_schema(
        operation_id="emoji_detections_create",
        summary="Check a photo, for no points",
        description="The same photo again brings the stored answer. Creating a task with a photo that did not pass is"
        " refused with `photo_rejected`; one with a photo that passed does not check it again.",
        request=PhotoCheckSerializer,
        responses={200: DetectionSerializer},
    )
    def create(self, request: Request) -> Response:
        form = PhotoCheckSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        detection = photo_check.check(caller(request).id, form.validated_data["upload_id"])
        return Response(DetectionSerializer(detection).data)
