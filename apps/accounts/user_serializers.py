from collections.abc import Callable
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.accounts import avatars, consents, nickname, profile, vip, vip_state
from apps.accounts.models import ConsentRecord, User
from apps.core.body_serializer import BodySerializer
from apps.core.snowflake_field import SnowflakeIdField
from apps.remoteconfig.kinds import LABEL


class VipSerializer(serializers.Serializer[User]):
    is_vip = serializers.BooleanField()
    is_lifetime = serializers.BooleanField()
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="until when; past for who was VIP, null for a lifetime and for who never was"
    )
    state = serializers.ChoiceField(choices=vip_state.STATES, help_text="as the subscription tells it")

    def to_representation(self, instance: User) -> dict[str, Any]:
        now = timezone.now()
        return {
            "is_vip": vip.is_vip(instance, now),
            "is_lifetime": instance.vip_is_lifetime,
            "expires_at": None if instance.vip_is_lifetime else instance.vip_expires_at,
            "state": vip_state.of_user(instance, now),
        }


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


class NewConsentSerializer(BodySerializer):
    version = serializers.RegexField(
        rf"^{LABEL.pattern}\Z",
        help_text="of the text that was shown: as /config tells it, or where that is null, as the app calls its own",
        error_messages={"invalid": "Use 1 to 32 characters of letters, digits and . _ -"},
    )
    granted = serializers.BooleanField()


class ProfileSerializer(serializers.Serializer[User]):
    id = SnowflakeIdField()
    nickname = serializers.CharField()
    avatar_url = serializers.CharField(
        allow_null=True, help_text="a link that ends after an hour; each look at the profile brings a new one"
    )
    locale = serializers.CharField(help_text="BCP 47")
    timezone = serializers.CharField(help_text="IANA")
    created_at = serializers.DateTimeField()
    is_anonymous = serializers.BooleanField(help_text="known by a device only")
    billing_user_id = serializers.UUIDField(help_text="The App User ID to give RevenueCat.")
    vip = VipSerializer()
    points = ProfilePointsSerializer()
    consents = serializers.DictField(child=DecisionSerializer(), help_text="by purpose")
    version = serializers.IntegerField(source="profile_version")

    # Each login shows it, and field by field DRF takes longer than the login. It may bring the `consents`.
    def to_representation(self, instance: User) -> dict[str, Any]:
        return {
            "id": str(instance.id),
            "nickname": instance.nickname,
            "avatar_url": avatars.link(instance),
            "locale": instance.locale,
            "timezone": instance.timezone,
            "created_at": instance.created_at,
            "is_anonymous": instance.username is None,
            "billing_user_id": str(instance.billing_user_id),
            "vip": VipSerializer(instance).data,
            "points": {"balance": _balance(instance)},
            "consents": {record.purpose: _decision(record) for record in self._consents(instance)},
            "version": instance.profile_version,
        }

    def _consents(self, user: User) -> list[ConsentRecord]:
        brought: list[ConsentRecord] | None = self.context.get("consents")
        return consents.current(user.id) if brought is None else brought


def _balance(user: User) -> int:
    """Read through the relation: who has never had points has no balance row."""
    row = getattr(user, "points", None)
    return row.balance if row else 0


def _decision(record: ConsentRecord) -> dict[str, Any]:
    return {"version": record.version, "granted": record.granted, "at": record.created_at}


class ProfileChangeSerializer(BodySerializer):
    """Absent is unchanged, null is cleared, unknown is ignored; what users may only read is refused."""

    nickname = serializers.CharField(required=False, allow_null=True, max_length=256, trim_whitespace=False)
    locale = serializers.CharField(required=False, allow_null=True, max_length=35)
    timezone = serializers.CharField(required=False, allow_null=True, max_length=64)
    avatar_upload_id = SnowflakeIdField(
        required=False, allow_null=True, help_text="of an uploaded photo; its middle is kept as a small square"
    )

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

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
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
