from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.snowflake_field import SnowflakeIdField
from apps.points.models import GrantLot, PointTransaction, UserPoints


class NextExpirySerializer(serializers.Serializer[GrantLot]):
    amount = serializers.IntegerField(source="remaining")
    at = serializers.DateTimeField(source="expires_at")


class BalanceSerializer(serializers.Serializer[UserPoints]):
    balance = serializers.IntegerField()
    purchased = serializers.IntegerField()
    granted = serializers.IntegerField()
    next_expiry = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(NextExpirySerializer(allow_null=True))
    def get_next_expiry(self, points: UserPoints) -> dict[str, Any] | None:
        lot = GrantLot.objects.filter(user_id=points.user_id, remaining__gt=0).order_by("expires_at").first()
        return NextExpirySerializer(lot).data if lot else None


class LastRewardSerializer(serializers.Serializer[Any]):
    week = serializers.CharField()
    amount = serializers.IntegerField()


class WeeklyRewardSerializer(serializers.Serializer[Any]):
    eligible = serializers.BooleanField()
    amount = serializers.IntegerField(help_text="points")
    next_at = serializers.DateTimeField()
    last = LastRewardSerializer(allow_null=True)


class RewardsSerializer(serializers.Serializer[Any]):
    weekly = WeeklyRewardSerializer()


class TransactionFilterSerializer(serializers.Serializer[None]):
    type = serializers.ChoiceField(choices=PointTransaction.Kind.choices, required=False)
    direction = serializers.ChoiceField(choices=("credit", "debit"), required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False, help_text="not included")


class PartSerializer(serializers.Serializer[Any]):
    bucket = serializers.ChoiceField(choices=("granted", "purchased"))
    amount = serializers.IntegerField()


class ReferenceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.CharField()


class PointTransactionSerializer(serializers.Serializer[PointTransaction]):
    id = SnowflakeIdField()
    type = serializers.ChoiceField(source="kind", choices=PointTransaction.Kind.choices)
    amount = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    bucket = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()
    title = serializers.CharField()
    reference = serializers.SerializerMethodField()
    related_transaction_id = SnowflakeIdField(source="related_id", allow_null=True)
    reward_week = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_bucket(self, row: PointTransaction) -> str:
        parts = _parts(row)
        return parts[0]["bucket"] if len(parts) == 1 else "mixed"

    @extend_schema_field(PartSerializer(many=True))
    def get_parts(self, row: PointTransaction) -> list[dict[str, Any]]:
        return _parts(row)

    @extend_schema_field(ReferenceSerializer)
    def get_reference(self, row: PointTransaction) -> dict[str, str]:
        kind, _, reference = row.reference.partition(":")
        return {"kind": kind, "id": reference}


class PackageSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    points = serializers.IntegerField()


class PackageListSerializer(serializers.Serializer[Any]):
    items = PackageSerializer(many=True)


def _parts(row: PointTransaction) -> list[dict[str, Any]]:
    amounts = {"granted": row.granted_amount, "purchased": row.purchased_amount}
    return [{"bucket": bucket, "amount": amount} for bucket, amount in amounts.items() if amount]
