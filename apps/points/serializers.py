"""What is told of points. A hot one says itself what it shows: field by field, DRF takes ten times as long."""

from typing import Any

from rest_framework import serializers

from apps.core.sentences import POINTS, said
from apps.core.snowflake_field import SnowflakeIdField
from apps.points.balances import Balance, NextExpiry
from apps.points.models import PointTransaction
from apps.remoteconfig.models import PointsPack


class NextExpirySerializer(serializers.Serializer[NextExpiry]):
    amount = serializers.IntegerField(source="remaining")
    at = serializers.DateTimeField(source="expires_at")


class BalanceSerializer(serializers.Serializer[Balance]):
    balance = serializers.IntegerField()
    purchased = serializers.IntegerField()
    granted = serializers.IntegerField()
    frozen = serializers.BooleanField(help_text="by staff: nothing can be spent")
    next_expiry = NextExpirySerializer(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Balance) -> dict[str, Any]:
        lot = instance.next_expiry
        return {
            "balance": instance.balance,
            "purchased": instance.purchased,
            "granted": instance.granted,
            "frozen": instance.is_frozen,
            "next_expiry": {"amount": lot.remaining, "at": lot.expires_at} if lot else None,
            "updated_at": instance.updated_at,
        }


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


# Its context has the `titles` of its rows (titles.told).
class PointTransactionSerializer(serializers.Serializer[PointTransaction]):
    id = SnowflakeIdField()
    type = serializers.ChoiceField(source="kind", choices=PointTransaction.Kind.choices)
    amount = serializers.IntegerField()
    balance_after = serializers.IntegerField()
    bucket = serializers.ChoiceField(choices=("granted", "purchased", "mixed"))
    parts = PartSerializer(many=True)
    title = serializers.CharField()
    reference = ReferenceSerializer()
    related_transaction_id = SnowflakeIdField(source="related_id", allow_null=True)
    reward_week = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: PointTransaction) -> dict[str, Any]:
        parts = _parts(instance)
        return {
            "id": str(instance.id),
            "type": instance.kind,
            "amount": instance.amount,
            "balance_after": instance.balance_after,
            "bucket": parts[0]["bucket"] if len(parts) == 1 else "mixed",
            "parts": parts,
            "title": self.context["titles"][instance.id],
            "reference": _reference(instance.reference),
            "related_transaction_id": str(instance.related_id) if instance.related_id else None,
            "reward_week": instance.reward_week,
            "created_at": instance.created_at,
        }


def _reference(reference: str) -> dict[str, str]:
    """An order may have brought several rows, told apart by what follows its id."""
    kind, _, name = reference.partition(":")
    return {"kind": kind, "id": name.partition(":")[0] if kind == "order" else name}


class PackageStoreIdsSerializer(serializers.Serializer[PointsPack]):
    app_store = serializers.CharField(source="product_id")
    play_store = serializers.CharField(source="product_id")


class PackageSerializer(serializers.Serializer[PointsPack]):
    """The price is the store's to tell."""

    id = serializers.CharField(source="product_id")
    product_ids = PackageStoreIdsSerializer(source="*")
    points = serializers.IntegerField(help_text="what a purchase of one gives, `bonus_points` included")
    bonus_points = serializers.IntegerField(
        help_text="how many of `points` are a present on top of what is paid for; 0: none"
    )
    title = serializers.SerializerMethodField()
    badge = serializers.SerializerMethodField()
    sort = serializers.IntegerField()

    def get_title(self, pack: PointsPack) -> str:
        return pack.title or said(POINTS).format(points=pack.points)

    def get_badge(self, pack: PointsPack) -> str | None:
        return pack.badge or None


class PackageListSerializer(serializers.Serializer[Any]):
    items = PackageSerializer(many=True)


def _parts(row: PointTransaction) -> list[dict[str, Any]]:
    amounts = {"granted": row.granted_amount, "purchased": row.purchased_amount}
    return [{"bucket": bucket, "amount": amount} for bucket, amount in amounts.items() if amount]
