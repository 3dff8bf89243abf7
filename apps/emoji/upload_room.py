"""How much one user may upload in a day (UTC), by what their tickets allow: they count whether they are used or not."""

from datetime import datetime, timedelta

from apps.core import prepared_insert, snowflake, together
from apps.core.errors import DomainError
from apps.core.together import Write
from apps.core.utc_day import midnight
from apps.emoji.models import PhotoUpload
from apps.remoteconfig import values

MEGABYTE = 1024 * 1024
# Of a user, since an id. Tickets that are asked for at the same moment do not see each other; few are in a minute.
TODAY = "SELECT coalesce(sum(content_length), 0) FROM emoji_photoupload WHERE user_id = %s AND id >= %s"


class DailyUploadLimitReached(DomainError):
    """`resets_at` is when there is room again, UTC."""

    code = "daily_upload_limit_reached"
    status = 429
    title = "That was enough uploading for today"
    detail = "Photos of {limit_megabytes} MB a day are possible; go on tomorrow."
    param_names = ("limit_megabytes", "resets_at")
    retryable = True

    def __init__(self, limit_megabytes: int, resets_at: datetime, now: datetime) -> None:
        super().__init__(limit_megabytes=limit_megabytes, resets_at=resets_at)
        self.retry_after_seconds = int((resets_at - now).total_seconds()) + 1


def take(upload: PhotoUpload, now: datetime) -> None:
    """Store the new ticket, in the statement that asks whether there is room for it. Raises DailyUploadLimitReached."""
    limit = values.current().daily_upload_megabytes
    if not together.run(_if_room(upload, limit * MEGABYTE - upload.content_length, midnight(now))):
        raise DailyUploadLimitReached(limit, midnight(now) + timedelta(days=1), now)
    prepared_insert.stored(upload)


def _if_room(upload: PhotoUpload, most_before: int, since: datetime) -> Write:
    """`most_before`: bytes that may have been allowed already."""
    sql, made, condition = prepared_insert.write(upload)
    counted = [upload.user_id, snowflake.first_id(since), most_before]
    return Write(f"{sql} {condition} ({TODAY}) <= %s", [*made, *counted])
