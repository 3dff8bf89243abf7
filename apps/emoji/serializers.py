from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji import backends, retention
from apps.emoji.freshness import LINK_LIFETIME, LONGEST_WAIT_SECONDS
from apps.emoji.models import OPEN, EmojiTask, EmojiTemplate, Stage, Status
from apps.emoji.receipts import ReceiptSerializer, receipt
from apps.emoji.retention import ResultState
from apps.emoji.task_errors import TASK_ERRORS
from apps.emoji.waiting import QueuePlace, queue_place


class NewTaskSerializer(serializers.Serializer[None]):
    template_id = serializers.CharField(max_length=64)
    upload_id = SnowflakeIdField()
    detection_id = SnowflakeIdField(required=False)
    client_ref = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)


class TaskFilterSerializer(serializers.Serializer[None]):
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    template_id = serializers.CharField(source="template__driven_id", max_length=64, required=False)
    updated_since = serializers.DateTimeField(source="updated_at__gte", required=False)


class WaitSerializer(serializers.Serializer[None]):
    wait = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_WAIT_SECONDS,
        default=0,
        help_text="seconds to wait for a change; the answer comes early when there is one, or no room to wait",
    )


class TaskTemplateSerializer(serializers.Serializer[EmojiTemplate]):
    id = serializers.CharField(source="driven_id")
    name = serializers.CharField()
    cover_url = serializers.CharField()


class TaskInputSerializer(serializers.Serializer[EmojiTask]):
    upload_id = SnowflakeIdField()
    thumbnail_url = serializers.SerializerMethodField()
    delete_after = serializers.SerializerMethodField()
    deleted_at = serializers.DateTimeField(source="upload.removed_at", allow_null=True)

    def get_thumbnail_url(self, task: EmojiTask) -> str | None:
        if not task.photo_key or task.upload.closed_at:
            return None
        return backends.photo_store().link(task.photo_key, lifetime=LINK_LIFETIME)

    def get_delete_after(self, task: EmojiTask) -> datetime | None:
        return retention.photo_delete_after(task)


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
    result_state = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    points = serializers.SerializerMethodField()
    cancelable = serializers.SerializerMethodField()
    queue = serializers.SerializerMethodField(help_text="null in lists, and for what has ended")
    poll_after_ms = serializers.SerializerMethodField()
    client_ref = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.SerializerMethodField(help_text="when the result is removed")

    @extend_schema_field(serializers.ChoiceField(choices=Stage.choices, allow_null=True))
    def get_stage(self, task: EmojiTask) -> str | None:
        return task.stage if task.status == Status.PROCESSING else None

    def get_progress(self, task: EmojiTask) -> int:
        return task.progress(timezone.now(), settings.EMOJI_USUAL_SECONDS)

    @extend_schema_field(TaskResultSerializer(allow_null=True))
    def get_result(self, task: EmojiTask) -> dict[str, Any] | None:
        if retention.result_state(task, timezone.now()) != ResultState.AVAILABLE:
            return None
        return {
            "video_url": backends.photo_store().link(task.result_key, lifetime=LINK_LIFETIME),
            "url_expires_at": timezone.now() + LINK_LIFETIME,
            "content_type": task.result_content_type,
            "size_bytes": task.result_size,
            "sha256": task.result_sha256,
            "ai_label": {"generated": True, "provider": task.provider, "task": str(task.id)},
        }

    @extend_schema_field(serializers.ChoiceField(choices=list(ResultState)))
    def get_result_state(self, task: EmojiTask) -> str:
        return retention.result_state(task, timezone.now())

    def get_expires_at(self, task: EmojiTask) -> datetime | None:
        return retention.result_expires_at(task)

    @extend_schema_field(TaskErrorSerializer(allow_null=True))
    def get_error(self, task: EmojiTask) -> dict[str, str] | None:
        if not task.error_code:
            return None
        told = TASK_ERRORS[task.error_code]
        return {"code": task.error_code, "message": told.message, "user_action": told.user_action}

    @extend_schema_field(ReceiptSerializer)
    def get_points(self, task: EmojiTask) -> dict[str, Any]:
        return receipt(task)

    def get_cancelable(self, task: EmojiTask) -> bool:
        return task.status == Status.QUEUED

    @extend_schema_field(TaskQueueSerializer(allow_null=True))
    def get_queue(self, task: EmojiTask) -> dict[str, Any] | None:
        place = None if isinstance(self.parent, serializers.ListSerializer) else queue_place(task)
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
