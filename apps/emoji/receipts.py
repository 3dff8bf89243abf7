"""What a task cost, what came back, and a sentence about it."""

from typing import Any

from rest_framework import serializers

from apps.core.sentences import said
from apps.core.snowflake_field import SnowflakeIdField
from apps.emoji.models import EmojiTask, Status
from apps.remoteconfig import values

REFUNDED = "{cost} points were returned."
NO_REFUND = "Points are not returned for this failure."


class ReceiptSerializer(serializers.Serializer[Any]):
    cost = serializers.IntegerField()
    charged = serializers.IntegerField()
    refunded = serializers.IntegerField()
    policy = serializers.CharField()
    spend_transaction_id = SnowflakeIdField()
    refund_transaction_id = SnowflakeIdField(allow_null=True)
    message = serializers.CharField(allow_null=True)


def receipt(task: EmojiTask) -> dict[str, Any]:
    refund_id = task.refund_transaction_id
    return {
        "cost": task.cost,
        "charged": task.cost,
        "refunded": task.cost if refund_id else 0,
        "policy": "refund_on_failure" if values.current().refunded_failures else "no_refund_on_failure",
        "spend_transaction_id": str(task.spend_transaction_id),
        "refund_transaction_id": str(refund_id) if refund_id else None,
        "message": _what_became_of_the_points(task),
    }


def _what_became_of_the_points(task: EmojiTask) -> str | None:
    if task.refund_transaction_id:
        return said(REFUNDED).format(cost=task.cost)
    return said(NO_REFUND) if task.status == Status.FAILED else None
