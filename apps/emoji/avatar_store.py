"""Pictures of users are made of uploaded photos, and kept where photos are."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts import avatar_store
from apps.accounts.avatar_store import AvatarStore
from apps.core.errors import DependencyUnavailable
from apps.emoji import backends, image_errors, photos, uploads, working_copy
from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable


def picture(user_id: int, upload_id: int) -> bytes:
    """Raises what `uploads.checked` raises, and ImageUnreadable."""
    upload = uploads.checked(user_id, upload_id)
    try:
        return photos.small_square(working_copy.original(upload))
    except (ObjectMissing, ObjectTooLarge) as error:
        raise uploads.UploadExpired(expired_at=timezone.now()) from error
    except photos.PhotoRefused as error:
        raise image_errors.REFUSALS[error.code](**error.params) from error
    except PhotoStoreUnavailable as error:
        raise DependencyUnavailable from error


def write(key: str, content: bytes) -> None:
    try:
        backends.photo_store().write(key, content, content_type="image/jpeg")
    except PhotoStoreUnavailable as error:
        raise DependencyUnavailable from error


def delete(key: str) -> None:
    """Raises PhotoStoreUnavailable."""
    backends.photo_store().delete(key)


def link(key: str, lifetime: timedelta) -> str:
    return backends.photo_store().link(key, lifetime=lifetime)


avatar_store.register(AvatarStore(picture, write, delete, link))
