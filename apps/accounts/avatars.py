"""The picture that a user shows of themselves: a small copy, in the photo store, of a photo they have uploaded.

A copy that no profile shows has a row of its own (UnusedAvatar): from before it is stored until a profile takes it, and
again when the profile shows another one. So whatever is cut off anywhere, each copy is shown or will be removed.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.accounts import avatar_store, erasure
from apps.accounts.models import UnusedAvatar, User
from apps.core import database_clock
from apps.core.errors import Conflict

LINK_LIFETIME = timedelta(hours=1)
# A request that stores a copy is over long before.
TAKEN_WITHIN = timedelta(minutes=10)
MOST_AT_ONCE = 50


def link(user: User) -> str | None:
    return avatar_store.current().link(user.avatar_key, LINK_LIFETIME) if user.avatar_key else None


def link_period(user: User, at: datetime) -> int | None:
    """Another one at half of a link's life: who is told that nothing has changed has a link that is good for as long
    again. None where there is no link."""
    return int(at.timestamp() // (LINK_LIFETIME.total_seconds() / 2)) if user.avatar_key else None


def put_away(user_id: int, upload_id: int) -> str:
    """Store a copy of an uploaded photo, outside any transaction; its key, for `take`.

    Raises what is wrong with the photo, DependencyUnavailable, Conflict.
    """
    store = avatar_store.current()
    picture = store.picture(user_id, upload_id)
    key = f"{settings.OSS_AVATAR_PREFIX}/{user_id}/{_unguessable()}.jpg"
    UnusedAvatar(user_id=user_id, key=key, due_at=timezone.now() + TAKEN_WITHIN).save()
    try:
        store.write(key, picture)
    finally:
        # Also when the store took it and did not say so.
        _require_open(key)
    return key


def take(user: User, key: str) -> None:
    """In the transaction that writes it into the profile of a locked user; an empty one is none. Raises Conflict."""
    if key:
        taken, _ = UnusedAvatar.objects.filter(user=user, key=key, closed_at=None).delete()
        if not taken:
            raise Conflict
    discard(user)


def discard(user: User) -> None:
    """In a transaction after which the profile shows no more what it does."""
    if user.avatar_key:
        UnusedAvatar(user=user, key=user.avatar_key, due_at=timezone.now()).save()


def remove_unused(at: datetime, at_most: int) -> int:
    """How many. What the store raises is for the next run, which goes on."""
    return _removed(UnusedAvatar.objects.filter(due_at__lte=at), at_most)


def erase(user_id: int) -> bool:
    """Not before a request that may be storing one is over. Raises what the store raises."""
    theirs = UnusedAvatar.objects.filter(user_id=user_id)
    _removed(theirs.filter(due_at__lte=database_clock.now()), MOST_AT_ONCE)
    return not theirs.exists()


def _removed(due: QuerySet[UnusedAvatar], at_most: int) -> int:
    keys = list(due.order_by("due_at").values_list("key", flat=True)[:at_most])
    for key in keys:
        row = UnusedAvatar.objects.filter(key=key)
        # A profile may have taken it meanwhile; from here on none can.
        if row.update(closed_at=Now()):
            avatar_store.current().delete(key)
            row.delete()
    return len(keys)


def _require_open(key: str) -> None:
    """After the copy was written: who closes it later removes it, who closed it before may not have seen it."""
    if not UnusedAvatar.objects.filter(key=key, closed_at=None).exists():
        avatar_store.current().delete(key)
        raise Conflict


def _unguessable() -> str:
    return get_random_string(24, "abcdefghijklmnopqrstuvwxyz0123456789")


erasure.register("the avatar", erase)
