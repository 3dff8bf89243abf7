"""What is known of the faces on photos, so that the provider is asked, and paid, once for each photo.

A photo is known by the SHA-256 of what its user uploaded: the same photo, uploaded again, is the same photo.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.core.prepared_query import Given, PreparedQuery
from apps.emoji import backends
from apps.emoji.models import Detection, PhotoUpload
from apps.emoji.provider import Box, FaceBoxes, ProviderError
from apps.emoji.task_errors import TASK_ERRORS

LIFETIME = timedelta(hours=24)
# The shape of the clip that a face is looked for; emoji-detect's `ratio`.
RATIO = "1:1"

_STORED = PreparedQuery(
    lambda: Detection.objects.filter(**{name: Given(name) for name in ("user_id", "photo_sha256", "ratio", "provider")})
)


def stored(upload: PhotoUpload) -> Detection | None:
    return _STORED.first(**_photo(upload))


def answered(upload: PhotoUpload) -> Detection | None:
    """The provider's answer for this photo, as long as it is good."""
    row = stored(upload)
    return row if row and row.is_good_answer(timezone.now()) else None


def refusal(upload: PhotoUpload) -> str | None:
    """Why the provider refused this photo."""
    row = answered(upload)
    return row.reason if row and row.outcome == Detection.Outcome.REFUSED else None


def refusal_beside() -> Subquery:
    """For a query of uploads that is given a `provider` and the time `now`: what `refusal` tells of each."""
    good = Detection.objects.filter(outcome=Detection.Outcome.REFUSED, expires_at__gt=Given("now"))
    of_photo = good.filter(user_id=OuterRef("user_id"), photo_sha256=OuterRef("sha256"))
    return Subquery(of_photo.filter(ratio=RATIO, provider=Given("provider")).values("reason"))


def passed(upload: PhotoUpload) -> FaceBoxes | None:
    """The face of a photo that is known to be good."""
    row = answered(upload)
    if row is None or row.outcome != Detection.Outcome.PASSED:
        return None
    return FaceBoxes(box(row.face_box), box(row.extended_box))


def box(stored: Any) -> Box:
    left, top, right, bottom = stored
    return left, top, right, bottom


def begin(upload: PhotoUpload, now: datetime) -> Detection:
    """Note that the provider is being asked."""
    return _write(upload, outcome=Detection.Outcome.PENDING, asked_at=now, expires_at=now + LIFETIME)


def remember_passed(upload: PhotoUpload, boxes: FaceBoxes) -> Detection:
    found = {"face_box": list(boxes.face), "extended_box": list(boxes.extended)}
    return _answer(upload, outcome=Detection.Outcome.PASSED, reason="", **found)


def remember_refused(upload: PhotoUpload, reason: str) -> Detection:
    """`reason` is one of the photo_* codes of contract 2.2."""
    return _answer(upload, outcome=Detection.Outcome.REFUSED, reason=reason, face_box=None, extended_box=None)


def is_refusal(error: ProviderError) -> bool:
    """Of the photo, whoever asks and how often; else it is of this call."""
    return TASK_ERRORS[error.code].failure_class == "user_input"


def forget_question(upload: PhotoUpload) -> None:
    """No answer came: the photo may be asked about again. An answer that came to somebody else meanwhile stays."""
    asked = Detection.objects.filter(outcome=Detection.Outcome.PENDING, **_photo(upload))
    asked.update(outcome=Detection.Outcome.FAILED)


def forget_old(now: datetime, at_most: int) -> int:
    """Delete what has been expired for a day; until then a client is told why it is of no use."""
    old = Detection.objects.filter(expires_at__lt=now - LIFETIME).order_by("expires_at").values("id")[:at_most]
    deleted, _ = Detection.objects.filter(id__in=old).delete()
    return deleted


def forget_photo(upload: PhotoUpload) -> None:
    """Unless its user has uploaded it again: then it is forgotten with that upload."""
    same = PhotoUpload.objects.filter(user_id=upload.user_id, sha256=upload.sha256, closed_at=None)
    if same.exclude(id=upload.id).exists():
        return
    Detection.objects.filter(user_id=upload.user_id, photo_sha256=upload.sha256).delete()


def _answer(upload: PhotoUpload, **facts: object) -> Detection:
    return _write(upload, expires_at=timezone.now() + LIFETIME, **facts)


def _write(upload: PhotoUpload, **facts: object) -> Detection:
    new = {"asked_at": timezone.now()} | facts
    row, _ = Detection.objects.update_or_create(**_photo(upload), defaults=facts, create_defaults=new)
    return row


def _photo(upload: PhotoUpload) -> dict[str, object]:
    provider = backends.provider_name()
    return {"user_id": upload.user_id, "photo_sha256": upload.sha256, "ratio": RATIO, "provider": provider}
