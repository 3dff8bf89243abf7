from typing import Any

from rest_framework import serializers

from apps.core.body_serializer import BodySerializer


class NewDeletionSerializer(BodySerializer):
    confirm = serializers.ChoiceField(choices=("DELETE",))
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=500)


class ScheduledDeletionSerializer(serializers.Serializer[Any]):
    status = serializers.CharField()
    delete_at = serializers.DateTimeField()
    cancel_before = serializers.DateTimeField()
    has_active_subscription = serializers.BooleanField()
    manage_subscription_url = serializers.URLField(allow_null=True)
