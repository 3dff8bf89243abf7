"""A photo on its way in: the ticket, and the check of what really arrived."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.crypto import get_random_string

from apps.accounts import consents
from apps.core import together
from apps.core.errors import DependencyUnavailable, DomainError, NotFound
from apps.core.prepared_query import Given, PreparedQuery, PreparedUpdate
from apps.core.snowflake import next_id
from apps.core.together import Write
from apps.emoji import backends, photos, retention, upload_room
from apps.emoji.image_errors import REFUSALS, ImageChecksumMismatch, ImageTooLarge, ImageTypeUnsupported
from apps.emoji.models import PhotoUpload
from apps.emoji.photo_store import ObjectMissing, ObjectTooLarge, PhotoStoreUnavailable, UploadTicket
from apps.remoteconfig import values

PHOTO_LIFETIME = timedelta(hours=24)
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/bmp": "bmp", "image/webp": "webp"}


class UploadNotFound(NotFound):
    code = "upload_not_found"
    title = "No such upload"


class UploadExpired(DomainError):
    code = "upload_expired"
    status = 410
    title = "This photo is too old; upload it again"
    param_names = ("expired_at",)


class UploadNotCompleted(DomainError):
    code = "upload_not_completed"
    status = 409
    title = "The photo has not arrived yet"
    retryable = True


_OF_USER = PreparedQuery(lambda: PhotoUpload.objects.filter(user_id=Given("user_id"), id=Given("upload_id")))
_KEPT = PreparedUpdate(
    lambda: PhotoUpload.objects.filter(id=Given("upload_id"), closed_at=None),
    next_look_at=Least(F("next_look_at"), Given("soonest")),
)


class Purpose(StrEnum):
    EMOJI = "emoji"
    AVATAR = "avatar"


@dataclass(frozen=True, slots=True)
class IssuedUpload:
    upload: PhotoUpload
    ticket: UploadTicket


def issue(
    user_id: int, content_type: str, content_length: int, sha256: str = "", purpose: Purpose = Purpose.EMOJI
) -> IssuedUpload:
    """`sha256`: the photo must be this one, in hex; "" for any. An avatar is shown to no provider, so nobody need agree
    to that for one; checks and tasks ask for themselves.

    Raises ConsentRequired, ImageTypeUnsupported, ImageTooLarge, DailyUploadLimitReached.
    """
    if purpose == Purpose.EMOJI:
        consents.require(user_id, consents.Purpose.AI_PROCESSING)
    if content_type not in ENDINGS:
        raise ImageTypeUnsupported(allowed=sorted(ENDINGS))
    if content_length > photos.MAX_BYTES:
        raise ImageTooLarge(max_bytes=photos.MAX_BYTES)
    upload_id, now = next_id(), timezone.now()
    expires_at = now + PHOTO_LIFETIME
    key = f"{settings.OSS_DIR_PREFIX}/{user_id}/{upload_id}-{_unguessable()}.{ENDINGS[content_type]}"
    ticket = backends.photo_store().upload_ticket(
        key, content_type=content_type, content_length=content_length, lifetime=retention.TICKET_LIFETIME
    )
    upload = PhotoUpload(
        id=upload_id,
        user_id=user_id,
        key=key,
        content_type=content_type,
        content_length=content_length,
        declared_sha256=sha256.lower(),
        expires_at=expires_at,
        next_look_at=expires_at,
    )
    upload_room.take(upload, now)
    return IssuedUpload(upload, ticket)


def checked(user_id: int, upload_id: int) -> PhotoUpload:
    """The user's uploaded photo, after a look at its header. Raises the errors above and those of image_errors.py, and
    DependencyUnavailable."""
    return usable(_OF_USER.first(user_id=user_id, upload_id=upload_id))


def usable(upload: PhotoUpload | None) -> PhotoUpload:
    """As `checked`, of what was found."""
    if upload is None:
        raise UploadNotFound
    if upload.expires_at <= timezone.now():
        raise UploadExpired(expired_at=upload.expires_at)
    if upload.closed_at:
        raise UploadExpired(expired_at=upload.closed_at)
    if upload.checked_at is None or not upload.sha256:
        _check(upload)
    return upload


def keep_for_a_task(upload: PhotoUpload) -> None:
    """The photo stays until the caller's transaction has its task. Raises UploadExpired when it is being removed."""
    require_kept(together.run(kept(upload)))


def kept(upload: PhotoUpload) -> Write:
    """As `keep_for_a_task`, for `require_kept` to be told how many rows it changed."""
    return _KEPT.write(upload_id=upload.id, soonest=timezone.now() + values.current().retention.photo)


def require_kept(changed: int) -> None:
    """Raises UploadExpired."""
    if not changed:
        raise UploadExpired(expired_at=timezone.now())


def _check(upload: PhotoUpload) -> None:
    content = _arrived(upload)
    sha256 = hashlib.sha256(content).hexdigest()
    if upload.declared_sha256 not in ("", sha256):
        raise ImageChecksumMismatch(declared_sha256=upload.declared_sha256, arrived_sha256=sha256)
    try:
        facts = photos.inspect(content, upload.content_type)
    except photos.PhotoRefused as error:
        raise REFUSALS[error.code](**error.params) from error
    upload.width, upload.height, upload.checked_at = facts.width, facts.height, timezone.now()
    upload.sha256 = sha256
    upload.save(update_fields=["width", "height", "checked_at", "sha256", "updated_at"])


def _arrived(upload: PhotoUpload) -> bytes:
    try:
        return backends.photo_store().read(upload.key, max_bytes=photos.MAX_BYTES)
    except ObjectMissing as error:
        raise UploadNotCompleted from error
    except PhotoStoreUnavailable as error:
        raise DependencyUnavailable from error
    except ObjectTooLarge as error:
        raise ImageTooLarge(max_bytes=photos.MAX_BYTES) from error


def _unguessable() -> str:
    """Ids can be guessed; the name of somebody's portrait must not be."""
    return get_random_string(24, "abcdefghijklmnopqrstuvwxyz0123456789")
