"""Build the zip of a user's data: one JSON file of each registered part."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction
from django.utils import timezone
from structlog import get_logger

from apps.accounts import personal_data
from apps.accounts.models import DataExport
from apps.core.json_media import dumps

Status = DataExport.Status

KEPT = timedelta(hours=24)
MOST_ATTEMPTS = 3
MOST_AT_ONCE = 50
TRY_AGAIN_AFTER = timedelta(minutes=2)
LARGEST_BYTES = 50 * 1024 * 1024

log = get_logger(__name__)


class ExportTooLarge(Exception):
    """More than the database should keep; staff hand it out."""


def build_due(at: datetime) -> None:
    """Exports whose bell was lost, or that failed and are due again."""
    due = DataExport.objects.filter(status=Status.PENDING, next_try_at__lte=at).order_by("next_try_at")
    for export_id in due.values_list("id", flat=True)[:MOST_AT_ONCE]:
        build(export_id)


def build(export_id: int) -> None:
    """Harmless for an export that is done, is being built, or does not exist. A failure is written down, not raised."""
    try:
        _build(export_id)
    except Exception:
        log.exception("an export could not be built", export=export_id)
        _note_failure(export_id)


def expire(at: datetime) -> None:
    """What has had its day is not kept."""
    over = DataExport.objects.filter(status=Status.READY, expires_at__lte=at).values("id")[:MOST_AT_ONCE]
    DataExport.objects.filter(id__in=over).update(status=Status.EXPIRED, content=None, updated_at=at)


@transaction.atomic(durable=True)
def _build(export_id: int) -> None:
    """The row is held meanwhile, so that one worker builds it; nothing but the database is asked."""
    waiting = DataExport.objects.select_for_update(skip_locked=True).filter(status=Status.PENDING)
    export = waiting.filter(id=export_id).first()
    if export is None:
        return
    export.content = _zip_of(export.user_id)
    export.size_bytes, export.status = len(export.content), Status.READY
    export.expires_at = timezone.now() + KEPT
    export.save()


def _zip_of(user_id: int) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, rows in personal_data.parts().items():
            with archive.open(f"{name}.json", "w") as file:
                _write_array(file, rows(user_id), out)
    return out.getvalue()


def _write_array(file: IO[bytes], rows: Iterable[dict[str, Any]], out: BytesIO) -> None:
    """Row by row: a ledger of years is not held in memory."""
    before = b"[\n"
    for row in rows:
        file.write(before + dumps(row))
        before = b",\n"
        if out.tell() > LARGEST_BYTES:
            raise ExportTooLarge
    file.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _note_failure(export_id: int) -> None:
    with transaction.atomic():
        export = DataExport.objects.select_for_update().filter(id=export_id, status=Status.PENDING).first()
        if export is None:
            return
        export.attempts += 1
        export.next_try_at = timezone.now() + TRY_AGAIN_AFTER
        export.status = Status.FAILED if export.attempts >= MOST_ATTEMPTS else Status.PENDING
        export.save()
