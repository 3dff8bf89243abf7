"""What emoji hands out of a user's data: the photos' facts and what was found in them, the tasks and what the user said
of them. The clips are in the app."""

from collections.abc import Iterator
from typing import Any

from apps.accounts import personal_data
from apps.emoji.models import Detection, EmojiTask, PhotoUpload, TaskReport

CHUNK = 500


def tasks(user_id: int) -> Iterator[dict[str, Any]]:
    rows = EmojiTask.objects.filter(user_id=user_id).select_related("template").order_by("id")
    for task in rows.iterator(CHUNK):
        yield {
            "id": str(task.id),
            "template": task.template.driven_id,
            "upload_id": str(task.upload_id),
            "client_ref": task.client_ref,
            "status": task.status,
            "cost": task.cost,
            "face_box": task.face_box,
            "provider": task.provider,
            "result_size_bytes": task.result_size,
            "result_duration_ms": task.result_duration_ms,
            "result_width": task.result_width,
            "result_height": task.result_height,
            "error_code": task.error_code,
            "created_at": task.created_at,
            "completed_at": task.completed_at,
        }


def photos(user_id: int) -> Iterator[dict[str, Any]]:
    for upload in PhotoUpload.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(upload.id),
            "content_type": upload.content_type,
            "size_bytes": upload.content_length,
            "width": upload.width,
            "height": upload.height,
            "created_at": upload.created_at,
        }


def photo_checks(user_id: int) -> Iterator[dict[str, Any]]:
    for check in Detection.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(check.id),
            "provider": check.provider,
            "outcome": check.outcome,
            "reason": check.reason,
            "face_box": check.face_box,
            "extended_box": check.extended_box,
            "asked_at": check.asked_at,
        }


def reports(user_id: int) -> Iterator[dict[str, Any]]:
    for report in TaskReport.objects.filter(user_id=user_id).order_by("id").iterator(CHUNK):
        yield {
            "id": str(report.id),
            "task_id": str(report.task_id),
            "reason": report.reason,
            "note": report.note,
            "created_at": report.created_at,
            "updated_at": report.updated_at,
        }


for _rows in (tasks, photos, photo_checks, reports):
    personal_data.register(_rows.__name__, _rows)
