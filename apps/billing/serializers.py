from typing import Any

from rest_framework import serializers

from apps.billing.models import Order
from apps.core.snowflake_field import SnowflakeIdField


class OrderSerializer(serializers.Serializer[Order]):
    id = SnowflakeIdField()
    kind = serializers.CharField()
    product_id = serializers.CharField()
    store = serializers.CharField()
    store_transaction_id = serializers.CharField(source="transaction_id")
    status = serializers.CharField()
    price = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    currency = serializers.SerializerMethodField()
    points_granted = serializers.IntegerField()
    purchased_at = serializers.DateTimeField()
    refunded_at = serializers.DateTimeField(allow_null=True)
    environment = serializers.CharField()

    def get_currency(self, order: Order) -> str | None:
        return order.currency or None


class SubscriptionSerializer(serializers.Serializer[Any]):
    is_vip = serializers.BooleanField()
    state = serializers.ChoiceField(choices=("none", "trial", "active", "canceled", "grace", "expired", "lifetime"))
    product_id = serializers.CharField(allow_null=True)
    store = serializers.CharField(allow_null=True)
    environment = serializers.CharField(allow_null=True)
    period_type = serializers.CharField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    grace_expires_at = serializers.DateTimeField(allow_null=True)
    will_renew = serializers.BooleanField()
    cancel_reason = serializers.CharField(allow_null=True)


class WebhookAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=("accepted", "duplicate"))
