import re
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.accounts import vip
from apps.accounts.models import User
from apps.core.snowflake_field import SnowflakeIdField

DEVICE_ID = re.compile(r"[A-Za-z0-9_.:-]{16,128}")
DEVICE_SECRET = re.compile(r"pkd1_[A-Za-z0-9_-]{43}")
SHARED_BY_MANY_PHONES = re.compile(r"9774d56d682e549c|unknown.*|null.*|test.*|[0-9]{15}", re.IGNORECASE)


class LoginSerializer(serializers.Serializer[None]):
    device_id = serializers.CharField(trim_whitespace=False)
    device_secret = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False)
    platform = serializers.ChoiceField(choices=("ios", "android"))
    app_version = serializers.CharField(max_length=32)

    def validate_device_id(self, device_id: str) -> str:
        if not DEVICE_ID.fullmatch(device_id):
            raise serializers.ValidationError("Use 16 to 128 characters of letters, digits and _ . : -")
        if SHARED_BY_MANY_PHONES.fullmatch(device_id) or len(set(device_id)) == 1:
            raise serializers.ValidationError("This id is shared by many phones; make a random one.")
        return device_id

    def validate_device_secret(self, secret: str) -> str:
        if secret and (not DEVICE_SECRET.fullmatch(secret) or len(set(secret)) < 16):
            raise serializers.ValidationError("Use pkd1_ and 43 base64url characters of 32 random bytes.")
        return secret


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


class LoggedInSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
    is_new_user = serializers.BooleanField()
    device_secret = serializers.CharField(required=False, help_text="told once; keep it in the phone's secure storage")
    account_state = serializers.CharField()
    user = ProfileSerializer()
    server_time = serializers.DateTimeField()
