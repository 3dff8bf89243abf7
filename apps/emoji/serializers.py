from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji import backends
from apps.emoji.models import OPEN, EmojiTask, EmojiTemplate, Stage, Status
from apps.emoji.task_errors import TASK_ERRORS
from apps.emoji.waiting import QueuePlace, queue_place
from apps.remoteconfig import values

LINK_LIFETIME = timedelta(hours=1)
REFUNDED = "{cost} points were returned."
NO_REFUND = "Points are not returned for this failure."


class TemplateSerializer(serializers.Serializer[EmojiTemplate]):
    id = serializers.CharField(source="driven_id")
    name = serializers.CharField()
    category = serializers.CharField()
    cover_url = serializers.CharField()
    preview_url = serializers.CharField()
    cost_points = serializers.SerializerMethodField()
    sort = serializers.IntegerField()

    def get_cost_points(self, template: EmojiTemplate) -> int:
        return values.current().emoji_cost


class TemplateListSerializer(serializers.Serializer[Any]):
    items = TemplateSerializer(many=True)


class NewUploadSerializer(serializers.Serializer[None]):
    content_type = serializers.CharField(max_length=100)
    content_length = serializers.IntegerField(min_value=1, help_text="bytes")


class UploadTicketSerializer(serializers.Serializer[Any]):
    upload_id = SnowflakeIdField(source="upload.id")
    method = serializers.SerializerMethodField()
    url = serializers.CharField(source="ticket.url")
    headers = serializers.DictField(source="ticket.headers", child=serializers.CharField())
    max_bytes = serializers.IntegerField(source="upload.content_length")
    expires_at = serializers.DateTimeField(source="ticket.expires_at")

    def get_method(self, _: Any) -> str:
        return "PUT"


class NewTaskSerializer(serializers.Serializer[None]):
    template_id = serializers.CharField(max_length=64)
    upload_id = SnowflakeIdField()
    client_ref = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)


class TaskTemplateSerializer(serializers.Serializer[EmojiTemplate]):
    id = serializers.CharField(source="driven_id")
    name = serializers.CharField()
    cover_url = serializers.CharField()


class TaskInputSerializer(serializers.Serializer[EmojiTask]):
    upload_id = SnowflakeIdField()
    thumbnail_url = serializers.SerializerMethodField()

    def get_thumbnail_url(self, task: EmojiTask) -> str | None:
        return backends.photo_store().link(task.photo_key, lifetime=LINK_LIFETIME) if task.photo_key else None


class AiLabelSerializer(serializers.Serializer[Any]):
    generated = serializers.BooleanField()
    provider = serializers.CharField()
    task = serializers.CharField()


class TaskResultSerializer(serializers.Serializer[Any]):
    video_url = serializers.CharField()
    url_expires_at = serializers.DateTimeField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    ai_label = AiLabelSerializer()


class TaskErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    user_action = serializers.CharField()


class TaskPointsSerializer(serializers.Serializer[Any]):
    cost = serializers.IntegerField()
    charged = serializers.IntegerField()
    refunded = serializers.IntegerField()
    policy = serializers.CharField()
    spend_transaction_id = SnowflakeIdField()
    refund_transaction_id = SnowflakeIdField(allow_null=True)
    message = serializers.CharField(allow_null=True)


class TaskQueueSerializer(serializers.Serializer[QueuePlace]):
    position = serializers.IntegerField(allow_null=True, help_text="from 1; null once it has begun")
    eta_seconds = serializers.IntegerField(help_text="until the clip is there, as half of the last ones took")
    eta_high_seconds = serializers.IntegerField(help_text="as nine of ten took")


class EmojiTaskSerializer(serializers.Serializer[EmojiTask]):
    id = SnowflakeIdField()
    status = serializers.ChoiceField(choices=Status.choices)
    stage = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    attempt = serializers.IntegerField()
    template = TaskTemplateSerializer()
    input = TaskInputSerializer(source="*")
    result = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    points = serializers.SerializerMethodField()
    queue = serializers.SerializerMethodField()
    poll_after_ms = serializers.SerializerMethodField()
    client_ref = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=Stage.choices, allow_null=True))
    def get_stage(self, task: EmojiTask) -> str | None:
        return task.stage if task.status == Status.PROCESSING else None

    def get_progress(self, task: EmojiTask) -> int:
        return task.progress(timezone.now(), settings.EMOJI_USUAL_SECONDS)

    @extend_schema_field(TaskResultSerializer(allow_null=True))
    def get_result(self, task: EmojiTask) -> dict[str, Any] | None:
        if task.status != Status.SUCCEEDED:
            return None
        return {
            "video_url": backends.photo_store().link(task.result_key, lifetime=LINK_LIFETIME),
            "url_expires_at": timezone.now() + LINK_LIFETIME,
            "content_type": task.result_content_type,
            "size_bytes": task.result_size,
            "sha256": task.result_sha256,
            "ai_label": {"generated": True, "provider": task.provider, "task": str(task.id)},
        }

    @extend_schema_field(TaskErrorSerializer(allow_null=True))
    def get_error(self, task: EmojiTask) -> dict[str, str] | None:
        if not task.error_code:
            return None
        told = TASK_ERRORS[task.error_code]
        return {"code": task.error_code, "message": told.message, "user_action": told.user_action}

    @extend_schema_field(TaskPointsSerializer)
    def get_points(self, task: EmojiTask) -> dict[str, Any]:
        refund_id = task.refund_transaction_id
        told = REFUNDED.format(cost=task.cost) if refund_id else NO_REFUND
        return {
            "cost": task.cost,
            "charged": task.cost,
            "refunded": task.cost if refund_id else 0,
            "policy": "refund_on_failure" if values.current().refunded_failures else "no_refund_on_failure",
            "spend_transaction_id": str(task.spend_transaction_id),
            "refund_transaction_id": str(refund_id) if refund_id else None,
            "message": told if task.status == Status.FAILED else None,
        }

    @extend_schema_field(TaskQueueSerializer(allow_null=True))
    def get_queue(self, task: EmojiTask) -> dict[str, Any] | None:
        place = queue_place(task)
        return TaskQueueSerializer(place).data if place else None

    def get_poll_after_ms(self, task: EmojiTask) -> int | None:
        return int(settings.EMOJI_POLL_SECONDS * 1000) if task.status in OPEN else None


class RemainingPointsSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField()


class CreatedTaskSerializer(EmojiTaskSerializer):
    """A new task, and what its user has left."""

    balance = serializers.SerializerMethodField()

    @extend_schema_field(RemainingPointsSerializer)
    def get_balance(self, _: EmojiTask) -> dict[str, int]:
        return {"balance": self.context["balance"]}
