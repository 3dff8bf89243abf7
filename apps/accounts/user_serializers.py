from collections.abc import Callable
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.accounts import consents, nickname, profile, vip
from apps.accounts.models import ConsentRecord, User
from apps.core.snowflake_field import SnowflakeIdField


class VipSerializer(serializers.Serializer[User]):
    is_vip = serializers.SerializerMethodField()
    is_lifetime = serializers.BooleanField(source="vip_is_lifetime")
    expires_at = serializers.DateTimeField(source="vip_expires_at", allow_null=True)

    def get_is_vip(self, user: User) -> bool:
        return vip.is_vip(user, timezone.now())


class ProfilePointsSerializer(serializers.Serializer[Any]):
    balance = serializers.IntegerField()


class DecisionSerializer(serializers.Serializer[ConsentRecord]):
    version = serializers.CharField()
    granted = serializers.BooleanField()
    at = serializers.DateTimeField(source="created_at")


class ConsentRecordSerializer(DecisionSerializer):
    purpose = serializers.CharField()


class ConsentListSerializer(serializers.Serializer[Any]):
    items = ConsentRecordSerializer(many=True)


class NewConsentSerializer(serializers.Serializer[None]):
    version = serializers.RegexField(r"^[A-Za-z0-9._-]{1,32}\Z")
    granted = serializers.BooleanField()

    def validate_granted(self, granted: bool) -> bool:
        """Nobody agrees by a word that only sounds like yes."""
        if not isinstance(self.initial_data["granted"], bool):
            raise serializers.ValidationError("Use true or false.")
        return granted


class ProfileSerializer(serializers.Serializer[User]):
    id = SnowflakeIdField()
    nickname = serializers.CharField()
    locale = serializers.CharField(help_text="BCP 47")
    timezone = serializers.CharField(help_text="IANA")
    created_at = serializers.DateTimeField()
    is_anonymous = serializers.SerializerMethodField()
    billing_user_id = serializers.UUIDField(help_text="The App User ID to give RevenueCat.")
    vip = VipSerializer(source="*")
    points = serializers.SerializerMethodField()
    consents = serializers.SerializerMethodField()
    version = serializers.IntegerField(source="profile_version")

    def get_is_anonymous(self, user: User) -> bool:
        """Known by a device only."""
        return user.username is None

    def get_points(self, user: User) -> dict[str, int]:
        """Read through the relation: who has never had points has no balance row."""
        row = getattr(user, "points", None)
        return {"balance": row.balance if row else 0}

    def get_consents(self, user: User) -> dict[str, Any]:
        return {record.purpose: DecisionSerializer(record).data for record in consents.current(user.id)}


class ProfileChangeSerializer(serializers.Serializer[None]):
    """Absent is unchanged, null is cleared, unknown is ignored; what users may only read is refused."""

    nickname = serializers.CharField(required=False, allow_null=True, max_length=256, trim_whitespace=False)
    locale = serializers.CharField(required=False, allow_null=True, max_length=35)
    timezone = serializers.CharField(required=False, allow_null=True, max_length=64)

    def validate_nickname(self, written: str | None) -> str:
        if written is None:
            return ""
        try:
            return nickname.cleaned(written)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def validate_locale(self, written: str | None) -> str:
        return _known(written, profile.locale_named, profile.DEFAULT_LOCALE)

    def validate_timezone(self, written: str | None) -> str:
        return _known(written, profile.timezone_named, profile.DEFAULT_TIMEZONE)

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        refused = (set(ProfileSerializer().fields) - set(self.fields)) & set(self.initial_data)
        if refused:
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail("This cannot be changed here.", "read_only") for name in refused}
            )
        return attrs


def _known(written: str | None, named: Callable[[str], str | None], default: str) -> str:
    """Null gives the default."""
    found = default if written is None else named(written)
    if found is None:
        raise serializers.ValidationError("This is not known.")
    return found
