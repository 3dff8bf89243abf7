"""What the emoji that points were spent on are called."""

from collections.abc import Collection

from apps.emoji.models import EmojiTask
from apps.points import titles


def expressions(spends: Collection[int], language: str) -> dict[int, str]:
    """By the ids of their spends. Also of emoji that their users deleted: the ledger still tells of them."""
    tasks = EmojiTask.objects.filter(spend_transaction_id__in=spends).select_related("template")
    shown = tasks.only("spend_transaction_id", "template__name", "template__names")[: len(spends)]
    return {task.spend_transaction_id: task.template.name_in(language) for task in shown}


titles.register("emoji", expressions)
