"""What today's emoji cost at the provider, and whether the day's cap leaves room for one more."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.core.snowflake import first_id
from apps.emoji.models import OPEN, EmojiTask

REMEMBERED_SECONDS = 5


def is_capped() -> bool:
    """Also what was ordered today and is not submitted yet is counted, so that everything ordered is made."""
    cap: Decimal = settings.EMOJI_DAILY_CAP_CNY
    return bool(cap) and committed() + settings.EMOJI_CLIP_CNY > cap


def committed() -> Decimal:
    """CNY since midnight UTC, at the price of the dearest clip for each submission."""
    clips = cache.get_or_set(f"emoji:clips:{_midnight():%Y-%m-%d}", _clips_today, REMEMBERED_SECONDS) or 0
    price: Decimal = settings.EMOJI_CLIP_CNY
    return clips * price


def tomorrow() -> datetime:
    return _midnight() + timedelta(days=1)


def _clips_today() -> int:
    today = EmojiTask.objects.filter(id__gte=first_id(_midnight()))
    submitted = today.exclude(status__in=OPEN).aggregate(total=Sum("submit_no"))["total"] or 0
    going_on = today.open().aggregate(total=Sum(Greatest("submit_no", 1)))["total"] or 0
    return int(submitted + going_on)


def _midnight() -> datetime:
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
