"""Whether a photo will do, before it costs points. It costs us money each time the provider is asked, so it is asked
once for each photo, and not more often than allowed in a day."""

from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils import timezone

from apps.accounts import consents
from apps.accounts.models import User
from apps.accounts.sessions import SessionRevoked
from apps.core.errors import Conflict, DependencyUnavailable, DomainError, NotFound
from apps.core.utc_day import midnight
from apps.emoji import backends, breaker, detections, provider_accounts, uploads, working_copy
from apps.emoji.models import Detection, PhotoUpload
from apps.emoji.photo_store import PhotoStoreUnavailable
from apps.emoji.provider import ProviderError
from apps.emoji.provider_accounts import AccountRemoved
from apps.emoji.task_limits import enough_for_today
from apps.emoji.uploads import UploadExpired
from apps.emoji.working_copy import PhotoClosed, PhotoUnreadable
from apps.remoteconfig import values

# A question that has no answer by now was lost with its process.
LONGEST_QUESTION = timedelta(seconds=60)
TRY_AGAIN_SECONDS = 10


class ProviderUnavailable(DomainError):
    """For as long as the account may not be called, where that is known."""

    code = "provider_unavailable"
    status = 503
    title = "Photos cannot be checked right now"
    retryable = True

    def __init__(self, wait_seconds: float | None = None) -> None:
        super().__init__()
        self.retry_after_seconds = ceil(wait_seconds) if wait_seconds else TRY_AGAIN_SECONDS


class PhotoRejected(DomainError):
    code = "photo_rejected"
    status = 422
    title = "This photo cannot become an emoji"
    param_names = ("reason",)


class DetectionNotFound(NotFound):
    code = "detection_not_found"
    title = "No such check of this photo"


class DetectionExpired(DomainError):
    code = "detection_expired"
    status = 410
    title = "This check is too old; check the photo again"
    param_names = ("expired_at",)


def check(user_id: int, upload_id: int) -> Detection:
    """The answer for this photo; the stored one as long as it is good.

    Raises ConsentRequired, what uploads.checked raises, SessionRevoked for who was forgotten meanwhile, Conflict while
    the same photo is being checked, DailyLimitReached, ProviderUnavailable, DependencyUnavailable.
    """
    consents.require(user_id, consents.Purpose.AI_PROCESSING)
    upload = uploads.checked(user_id, upload_id)
    return _answered_or_begun(upload, timezone.now()) or _asked(upload)


def require_good_photo(upload: PhotoUpload, detection_id: int | None, refusal: str | None) -> None:
    """For a task. A photo that was not checked is let through: the task's first stage does it.
    `refusal` is what detections.refusal tells of the photo.

    Raises DetectionNotFound and DetectionExpired of the check that was named, PhotoRejected.
    """
    if detection_id is not None:
        _require_check(upload, detection_id)
    if refusal:
        raise PhotoRejected(reason=refusal)


def _require_check(upload: PhotoUpload, detection_id: int) -> None:
    theirs = Detection.objects.filter(user_id=upload.user_id, photo_sha256=upload.sha256)
    named = theirs.filter(id=detection_id).first()
    if named is None:
        raise DetectionNotFound
    if named.expires_at <= timezone.now():
        raise DetectionExpired(expired_at=named.expires_at)


@transaction.atomic
def _answered_or_begun(upload: PhotoUpload, now: datetime) -> Detection | None:
    """Of several requests at once one asks the provider: the user's row is locked until the question is noted."""
    if User.objects.locked(upload.user_id).erased_at:
        raise SessionRevoked
    # Read once: an answer may be written between two reads.
    known = detections.stored(upload)
    if known and known.is_good_answer(now):
        return known
    if known and known.outcome == Detection.Outcome.PENDING and known.asked_at > now - LONGEST_QUESTION:
        raise Conflict
    _require_room(upload.user_id, now)
    detections.begin(upload, now)
    return None


def _require_room(user_id: int, now: datetime) -> None:
    limit = values.current().daily_detections
    if Detection.objects.filter(user_id=user_id, asked_at__gte=midnight(now)).count() >= limit:
        raise enough_for_today(limit, now)


def _asked(upload: PhotoUpload) -> Detection:
    try:
        return _answer(upload)
    except ProviderError as error:
        detections.forget_question(upload)
        raise ProviderUnavailable(error.retry_after_seconds) from error
    except AccountRemoved as error:
        detections.forget_question(upload)
        raise ProviderUnavailable from error
    except PhotoClosed as error:
        detections.forget_question(upload)
        raise UploadExpired(expired_at=timezone.now()) from error
    except PhotoStoreUnavailable as error:
        detections.forget_question(upload)
        raise DependencyUnavailable from error


def _answer(upload: PhotoUpload) -> Detection:
    """That the photo will not do is an answer, too."""
    try:
        photo = working_copy.for_provider(working_copy.make(upload))
        return detections.remember_passed(upload, backends.provider_of(_account_that_works()).detect(photo))
    except PhotoUnreadable:
        return detections.remember_refused(upload, "photo_unreadable")
    except ProviderError as error:
        if not detections.is_refusal(error):
            raise
        return detections.remember_refused(upload, error.code)


def _account_that_works() -> str:
    """The first of them; where none does, the first of all says so."""
    names = [account.name for account in provider_accounts.configured()]
    out = breaker.outages(names)
    return next((name for name in names if name not in out), "")
