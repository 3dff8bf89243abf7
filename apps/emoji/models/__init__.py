"""What can be made (templates), from what (photos), the making of it (tasks), and what is said of it (reports)."""

from apps.emoji.models.photos import Detection, PhotoUpload
from apps.emoji.models.provider import AbandonedGeneration, ProviderHealth
from apps.emoji.models.reports import TaskReport
from apps.emoji.models.tasks import OPEN, EmojiTask, EmojiTaskQuerySet, Stage, Status
from apps.emoji.models.templates import EmojiTemplate

__all__ = [
    "OPEN",
    "AbandonedGeneration",
    "Detection",
    "EmojiTask",
    "EmojiTaskQuerySet",
    "EmojiTemplate",
    "PhotoUpload",
    "ProviderHealth",
    "Stage",
    "Status",
    "TaskReport",
]
