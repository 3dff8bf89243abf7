"""What today's emoji cost at the provider, and whether the day's cap leaves room for one more."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.core.snowflake import first_id
from apps.core.utc_day import midnight
from apps.emoji.models import OPEN, EmojiTask

REMEMBERED_SECONDS = 5


def capped_until() -> datetime | None:
    """The end of the day, if its cap leaves no room for one more; else None.

    Also what was ordered today and is not submitted yet is counted, so that everything ordered is made.
    """
    cap: Decimal = settings.EMOJI_DAILY_CAP_CNY
    if not cap:
        return None
    today = midnight(timezone.now())
    return today + timedelta(days=1) if _committed_since(today) + settings.EMOJI_CLIP_CNY > cap else None


def committed() -> Decimal:
    """CNY since midnight UTC, at the price of the dearest clip for each submission."""
    return _committed_since(midnight(timezone.now()))


def _committed_since(day: datetime) -> Decimal:
    key = f"emoji:clips:{day:%Y-%m-%d}"
    clips = cache.get_or_set(key, partial(_clips_since, day), REMEMBERED_SECONDS) or 0
    price: Decimal = settings.EMOJI_CLIP_CNY
    return clips * price


def _clips_since(day: datetime) -> int:
    today = EmojiTask.objects.filter(id__gte=first_id(day))
    submitted = today.exclude(status__in=OPEN).aggregate(total=Sum("submit_no"))["total"] or 0
    going_on = today.open().aggregate(total=Sum(Greatest("submit_no", 1)))["total"] or 0
    return int(submitted + going_on)
