from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.core.body_serializer import BodySerializer
from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji import reports
from apps.emoji.models import TaskReport

LONGEST_NOTE = 500


class NewReportSerializer(BodySerializer):
    reason = serializers.ChoiceField(choices=TaskReport.Reason.choices)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, default="", allow_blank=True)


class ReportSerializer(serializers.Serializer[TaskReport]):
    task_id = SnowflakeIdField()
    reason = serializers.ChoiceField(choices=TaskReport.Reason.choices)
    note = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ReportViewSet(viewsets.ViewSet):
    rate_buckets = {"create": "report"}

    @extend_schema(
        operation_id="emoji_tasks_report",
        summary="Report an emoji to staff",
        description="One report for each emoji: another one replaces it.",
        request=NewReportSerializer,
        responses={202: ReportSerializer},
    )
    def create(self, request: Request, task_id: int) -> Response:
        form = NewReportSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        report = reports.report(caller(request).id, task_id, **form.validated_data)
        return Response(ReportSerializer(report).data, status=202)
