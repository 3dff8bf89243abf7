from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from apps.core import languages
from apps.core.body_serializer import BodySerializer
from apps.core.sentences import said
from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji import backends, retention
from apps.emoji.dashscope import DashScope
from apps.emoji.freshness import LINK_LIFETIME, LONGEST_WAIT_SECONDS
from apps.emoji.models import OPEN, EmojiTask, EmojiTemplate, Stage, Status
from apps.emoji.receipts import ReceiptSerializer, receipt
from apps.emoji.retention import ResultState
from apps.emoji.task_errors import TASK_ERRORS
from apps.emoji.waiting import QueuePlace, queue_place
from apps.remoteconfig import values

# What the label of a clip calls its maker, by the provider's name; others by that.
MAKERS = {DashScope.name: "Alibaba Cloud Model Studio"}


class NewTaskSerializer(BodySerializer):
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
    thumbnail_url = serializers.CharField(allow_null=True)
    delete_after = serializers.DateTimeField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)


class AiLabelSerializer(serializers.Serializer[Any]):
    generated = serializers.BooleanField()
    provider = serializers.CharField()
    task = serializers.CharField()


class TaskResultSerializer(serializers.Serializer[Any]):
    video_url = serializers.CharField()
    cover_url = serializers.CharField(
        allow_null=True, help_text="a JPEG of its first picture, made when it is fetched; null: there is none"
    )
    url_expires_at = serializers.DateTimeField(help_text="both addresses")
    content_type = serializers.CharField()
    duration_ms = serializers.IntegerField(allow_null=True, help_text="as its header says; null: not known")
    width = serializers.IntegerField(allow_null=True, help_text="pixels; null: not known, nor is the height")
    height = serializers.IntegerField(allow_null=True, help_text="pixels")
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
    stage = serializers.ChoiceField(choices=Stage.choices, allow_null=True)
    progress = serializers.IntegerField()
    version = serializers.IntegerField()
    attempt = serializers.IntegerField()
    template = TaskTemplateSerializer()
    input = TaskInputSerializer()
    result = TaskResultSerializer(allow_null=True)
    result_state = serializers.ChoiceField(choices=list(ResultState))
    error = TaskErrorSerializer(allow_null=True)
    points = ReceiptSerializer()
    cancelable = serializers.BooleanField()
    queue = TaskQueueSerializer(allow_null=True, help_text="null in lists, and for what has ended")
    poll_after_ms = serializers.IntegerField(
        allow_null=True, help_text="within `polling` of /config; null for what has ended"
    )
    client_ref = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="when the result is removed")

    # Field by field, DRF takes ten times as long, and apps ask for nothing as often.
    def to_representation(self, instance: EmojiTask) -> dict[str, Any]:
        now, task = timezone.now(), instance
        return {
            "id": str(task.id),
            "status": task.status,
            "stage": task.stage if task.status == Status.PROCESSING else None,
            "progress": task.progress(now, settings.EMOJI_USUAL_SECONDS),
            "version": task.version,
            "attempt": task.attempt,
            "template": _template(task.template),
            "input": _input(task),
            "result": _result(task, now),
            "result_state": retention.result_state(task, now),
            "error": _error(task),
            "points": receipt(task),
            "cancelable": task.status == Status.QUEUED,
            "queue": None if isinstance(self.parent, serializers.ListSerializer) else self.queue_of(task),
            "poll_after_ms": _poll_after_ms() if task.status in OPEN else None,
            "client_ref": task.client_ref,
            "created_at": task.created_at,
            "started_at": task.started_at,
            "completed_at": task.completed_at,
            "expires_at": retention.result_expires_at(task),
        }

    def queue_of(self, task: EmojiTask) -> dict[str, Any] | None:
        place = queue_place(task)
        return _queue(place) if place else None


def _template(template: EmojiTemplate) -> dict[str, str]:
    return {"id": template.driven_id, "name": template.name_in(languages.current()), "cover_url": template.cover_url}


def _input(task: EmojiTask) -> dict[str, Any]:
    is_there = task.photo_key and not task.upload.closed_at
    return {
        "upload_id": str(task.upload_id),
        "thumbnail_url": backends.photo_store().link(task.photo_key, lifetime=LINK_LIFETIME) if is_there else None,
        "delete_after": retention.photo_delete_after(task),
        "deleted_at": task.upload.removed_at,
    }


def _result(task: EmojiTask, now: datetime) -> dict[str, Any] | None:
    if retention.result_state(task, now) != ResultState.AVAILABLE:
        return None
    store = backends.photo_store()
    return {
        "video_url": store.link(task.result_key, lifetime=LINK_LIFETIME),
        "cover_url": store.still(task.result_key, lifetime=LINK_LIFETIME),
        "url_expires_at": now + LINK_LIFETIME,
        "content_type": task.result_content_type,
        "duration_ms": task.result_duration_ms,
        "width": task.result_width,
        "height": task.result_height,
        "size_bytes": task.result_size,
        "sha256": task.result_sha256,
        "ai_label": {"generated": True, "provider": MAKERS.get(task.provider, task.provider), "task": str(task.id)},
    }


def _poll_after_ms() -> int:
    """As often as we ask the provider: sooner there is little to tell."""
    return values.current().polling.within(int(settings.EMOJI_POLL_SECONDS * 1000))


def _queue(place: QueuePlace) -> dict[str, Any]:
    return {
        "position": place.position,
        "eta_seconds": place.eta_seconds,
        "eta_high_seconds": place.eta_high_seconds,
    }


def _error(task: EmojiTask) -> dict[str, str] | None:
    if not task.error_code:
        return None
    told = TASK_ERRORS[task.error_code]
    return {"code": task.error_code, "message": said(told.message), "user_action": told.user_action}


class RemainingPointsSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField()


class CreatedTaskSerializer(EmojiTaskSerializer):
    """A new task, its place in the queue, and what its user has left."""

    balance = RemainingPointsSerializer()

    def to_representation(self, instance: EmojiTask) -> dict[str, Any]:
        return super().to_representation(instance) | {"balance": {"balance": self.context["submitted"].balance}}

    def queue_of(self, task: EmojiTask) -> dict[str, Any]:
        return _queue(self.context["submitted"].place)
