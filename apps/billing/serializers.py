from typing import Any

from rest_framework import serializers

from apps.accounts.vip_state import STATES
from apps.billing.models import Order
from apps.core.sentences import POINTS, said
from apps.core.snowflake_field import SnowflakeIdField


class OrderSerializer(serializers.Serializer[Order]):
    id = SnowflakeIdField()
    kind = serializers.ChoiceField(choices=Order.Kind.choices)
    product_id = serializers.CharField()
    title = serializers.SerializerMethodField()
    store = serializers.SerializerMethodField()
    store_transaction_id = serializers.CharField(source="transaction_id")
    status = serializers.ChoiceField(choices=Order.Status.choices)
    quantity = serializers.IntegerField()
    price = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, help_text="null: not told")
    currency = serializers.SerializerMethodField()
    points_granted = serializers.IntegerField()
    points_taken_back = serializers.IntegerField()
    purchased_at = serializers.DateTimeField()
    refunded_at = serializers.DateTimeField(allow_null=True)
    environment = serializers.SerializerMethodField()

    def get_title(self, order: Order) -> str:
        return said(POINTS).format(points=order.points_granted) if order.points_granted else order.product_id

    def get_store(self, order: Order) -> str:
        return order.store.lower()

    def get_environment(self, order: Order) -> str:
        return order.environment.lower()

    def get_currency(self, order: Order) -> str | None:
        return order.currency or None


class OrderFilterSerializer(serializers.Serializer[None]):
    kind = serializers.ChoiceField(choices=Order.Kind.choices, required=False)


class BenefitsSerializer(serializers.Serializer[Any]):
    weekly_points = serializers.IntegerField(help_text="points; 0 for who is no VIP")
    active_tasks = serializers.IntegerField(help_text="emoji in the making at once")


class NextRewardSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(help_text="points, as things stand now")
    next_at = serializers.DateTimeField()


class SubscriptionSerializer(serializers.Serializer[Any]):
    is_vip = serializers.BooleanField()
    state = serializers.ChoiceField(choices=STATES)
    product_id = serializers.CharField(allow_null=True)
    pending_product_id = serializers.CharField(allow_null=True, help_text="what it will be from its next renewal on")
    store = serializers.CharField(allow_null=True)
    environment = serializers.CharField(allow_null=True)
    period_type = serializers.CharField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="null for a lifetime")
    grace_expires_at = serializers.DateTimeField(allow_null=True)
    auto_resume_at = serializers.DateTimeField(allow_null=True, help_text="when a pause ends")
    will_renew = serializers.BooleanField()
    cancel_reason = serializers.CharField(allow_null=True)
    manage_url = serializers.CharField(allow_null=True, help_text="where the store lets the user change it")
    benefits = BenefitsSerializer()
    weekly_reward = NextRewardSerializer()
    updated_at = serializers.DateTimeField(allow_null=True)


class StoreIdsSerializer(serializers.Serializer[Any]):
    app_store = serializers.CharField()
    play_store = serializers.CharField()


class SubscriptionProductSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    product_ids = StoreIdsSerializer()
    entitlement = serializers.CharField()
    period = serializers.CharField()
    weekly_points = serializers.IntegerField()
    title = serializers.CharField()
    badge = serializers.CharField(allow_null=True)
    sort = serializers.IntegerField()


class SubscriptionProductsSerializer(serializers.Serializer[Any]):
    items = SubscriptionProductSerializer(many=True)


class SyncedSerializer(serializers.Serializer[Any]):
    subscription = SubscriptionSerializer()
    balance = serializers.IntegerField(help_text="points")
    new_orders = serializers.ListField(child=SnowflakeIdField())


class WebhookAnswerSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=("accepted", "duplicate", "ignored"))
