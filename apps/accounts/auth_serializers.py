import re
from typing import Any

from rest_framework import serializers

from apps.accounts.authentication import session_of
from apps.accounts.models import Session
from apps.accounts.standing import Standing
from apps.accounts.user_serializers import ProfileSerializer
from apps.core.body_serializer import BodySerializer
from apps.core.snowflake_field import SnowflakeIdField

DEVICE_ID = re.compile(r"[A-Za-z0-9_.:-]{16,128}")
DEVICE_SECRET = re.compile(r"pkd1_[A-Za-z0-9_-]{43}")
SHARED_BY_MANY_PHONES = re.compile(r"9774d56d682e549c|unknown.*|null.*|test.*|[0-9]{15}", re.IGNORECASE)


class LoginSerializer(BodySerializer):
    device_id = serializers.CharField(min_length=16, max_length=128, trim_whitespace=False)
    device_secret = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False)
    platform = serializers.ChoiceField(choices=("ios", "android"))
    app_version = serializers.CharField(max_length=32)
    os_version = serializers.CharField(max_length=32, required=False, default="", allow_blank=True)
    device_model = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    locale = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    timezone = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)

    def validate_device_id(self, device_id: str) -> str:
        if not DEVICE_ID.fullmatch(device_id):
            raise serializers.ValidationError("Use 16 to 128 characters of letters, digits and _ . : -")
        if SHARED_BY_MANY_PHONES.fullmatch(device_id) or len(set(device_id)) == 1:
            raise serializers.ValidationError("This id is shared by many phones; make a random one.")
        return device_id

    def validate_device_secret(self, secret: str) -> str:
        return _random_enough(secret)


class RotationSerializer(BodySerializer):
    device_secret = serializers.CharField(max_length=200, trim_whitespace=False)
    new_device_secret = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False)

    def validate_new_device_secret(self, secret: str) -> str:
        return _random_enough(secret)


class RotatedSerializer(serializers.Serializer[Any]):
    device_secret = serializers.CharField(required=False, help_text="told once, unless the app made its own")


class RefreshSerializer(BodySerializer):
    refresh_token = serializers.CharField(max_length=200, trim_whitespace=False)


class TokensSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="seconds")
    refresh_token = serializers.CharField(help_text="good for one use; each refresh brings the next one")
    refresh_expires_in = serializers.IntegerField(help_text="seconds")
    is_new_user = serializers.BooleanField()
    account_state = serializers.ChoiceField(choices=(Standing.ACTIVE, Standing.PENDING_DELETION))
    server_time = serializers.DateTimeField()

    # As it is: field by field, DRF takes longer than the login.
    def to_representation(self, instance: Any) -> Any:
        return instance


class LoggedInSerializer(TokensSerializer):
    device_secret = serializers.CharField(required=False, help_text="told once; keep it in the phone's secure storage")
    user = ProfileSerializer()

    def to_representation(self, instance: Any) -> Any:
        return {**instance, "user": ProfileSerializer(instance["user"], context=self.context).data}


class LogoutSerializer(BodySerializer):
    refresh_token = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    all_devices = serializers.BooleanField(required=False, default=False)


class SessionSerializer(serializers.Serializer[Session]):
    id = SnowflakeIdField()
    platform = serializers.CharField(source="device.platform")
    device_model = serializers.CharField(source="device.device_model")
    app_version = serializers.CharField(source="device.app_version")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(allow_null=True, help_text="to about ten minutes")
    expires_at = serializers.DateTimeField(help_text="unless it is refreshed until then")
    is_current = serializers.SerializerMethodField()

    def get_is_current(self, session: Session) -> bool:
        return session == session_of(self.context["request"])


def _random_enough(secret: str) -> str:
    """Empty is none."""
    if secret and (not DEVICE_SECRET.fullmatch(secret) or len(set(secret)) < 16):
        raise serializers.ValidationError("Use pkd1_ and 43 base64url characters of 32 random bytes.")
    return secret
