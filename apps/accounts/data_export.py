"""A user asks for their data: once a day, as a zip behind a link of an hour that only they are told."""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from apps.accounts import tasks
from apps.accounts.models import DataExport, User
from apps.core.errors import DailyLimitReached, DomainError, LinkNotValid, NotFound

Status = DataExport.Status

LINK_LIFE = timedelta(hours=1)
EVERY = timedelta(hours=24)
MOST_TOLD = 20
SALT = "accounts.data_export"


class ExportNotFound(NotFound):
    code = "export_not_found"
    title = "No such export"


class ExportInProgress(DomainError):
    code = "export_in_progress"
    status = 409
    title = "Your data are being collected already"
    param_names = ("export_id",)


class ExportExpired(DomainError):
    code = "export_expired"
    status = 410
    title = "This export was kept for a day; ask for a new one"
    param_names = ("expired_at",)


@transaction.atomic
def request(user_id: int) -> DataExport:
    """Raises ExportInProgress, DailyLimitReached. An export that failed does not count."""
    User.objects.locked(user_id)
    last = DataExport.objects.filter(user_id=user_id).exclude(status=Status.FAILED).order_by("-id").first()
    if last and last.status == Status.PENDING:
        raise ExportInProgress(export_id=str(last.id))
    if last and last.created_at + EVERY > (now := timezone.now()):
        raise DailyLimitReached(1, last.created_at + EVERY, now)
    export = DataExport(user_id=user_id, next_try_at=timezone.now() + tasks.BELL_IS_LOST_AFTER)
    export.save()
    transaction.on_commit(partial(tasks.ring_export, export.id))
    return export


def of_user(user_id: int, export_id: int) -> DataExport:
    """Without its content. Raises ExportNotFound."""
    export = DataExport.objects.filter(user_id=user_id, id=export_id).defer("content").first()
    if export is None:
        raise ExportNotFound
    return export


def newest_of(user_id: int) -> list[DataExport]:
    """Without their contents, newest first; staff may have asked for them too."""
    return list(DataExport.objects.filter(user_id=user_id).defer("content").order_by("-id")[:MOST_TOLD])


def status_of(export: DataExport) -> Status:
    """By the clock, whether or not the job has come by."""
    return Status.EXPIRED if has_expired(export) else Status(export.status)


def has_expired(export: DataExport) -> bool:
    return export.status == Status.EXPIRED or (export.expires_at is not None and export.expires_at <= timezone.now())


def link(export: DataExport) -> str:
    """A new one each time, good for an hour, for whoever holds it."""
    token = signing.dumps(str(export.id), salt=SALT)
    return f"{settings.PUBLIC_BASE_URL}/api/v1/user/export/{export.id}/download?token={token}"


def content(export_id: int, token: str) -> bytes:
    """The zip a link leads to. Raises LinkNotValid, ExportExpired."""
    try:
        named = signing.loads(token, salt=SALT, max_age=LINK_LIFE)
    except signing.BadSignature as error:
        raise LinkNotValid from error
    export = DataExport.objects.filter(id=export_id).first()
    if named != str(export_id) or export is None:
        raise LinkNotValid
    if export.content is None or has_expired(export):
        raise ExportExpired(expired_at=export.expires_at)
    return bytes(export.content)
