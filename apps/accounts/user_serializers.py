from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.accounts import vip
from apps.accounts.models import User
from apps.core.snowflake_field import SnowflakeIdField


class VipSerializer(serializers.Serializer[User]):
    is_vip = serializers.SerializerMethodField()
    is_lifetime = serializers.BooleanField(source="vip_is_lifetime")
    expires_at = serializers.DateTimeField(source="vip_expires_at", allow_null=True)

    def get_is_vip(self, user: User) -> bool:
        return vip.is_vip(user, timezone.now())


class ProfilePointsSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField()


class ProfileSerializer(serializers.Serializer[User]):
    id = SnowflakeIdField()
    nickname = serializers.CharField()
    billing_user_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    vip = VipSerializer(source="*")
    points = serializers.SerializerMethodField()

    def get_points(self, user: User) -> dict[str, int]:
        """Read through the relation: who has never had points has no balance row."""
        row = getattr(user, "points", None)
        return {"balance": row.balance if row else 0}
