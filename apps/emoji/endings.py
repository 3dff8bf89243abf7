"""When a task is given up, and when it is not, although its time is over: nobody was there to make its steps."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.emoji.models import EmojiTask

MOST_CLAIMS = 3
# A step that should have been made so long ago is made by nobody.
STUCK_AFTER = timedelta(minutes=5)


def deadline(begins_at: datetime) -> datetime:
    return begins_at + timedelta(seconds=settings.EMOJI_DEADLINE_SECONDS)


def was_held_up(task: EmojiTask, now: datetime) -> bool:
    """Its step was due before its deadline, and workers, beat or the database were away until after it.

    What the provider has made meanwhile is paid for, and can be fetched for a day.
    """
    if task.deadline_at is None or not task.next_step_at < task.deadline_at < now:
        return False
    kept_until = (task.submit_sent_at or now) + timedelta(seconds=settings.EMOJI_LONGEST_SAVING_SECONDS)
    return now - task.next_step_at > STUCK_AFTER and now < kept_until


def given_up(task: EmojiTask, now: datetime) -> tuple[str, str] | None:
    """The code and the reason, for staff, why no further step is made."""
    if task.claims > MOST_CLAIMS:
        return "worker_lost", f"{task.claims - 1} workers died in stage {task.stage}"
    if task.deadline_at and now > task.deadline_at:
        return "deadline_exceeded", f"in stage {task.stage}" + (f": {task.error_raw}" if task.error_raw else "")
    longest_wait = timedelta(seconds=settings.EMOJI_LONGEST_WAIT_SECONDS)
    # Its turn is told by the database's clock: that of the machine which took the order may be far behind.
    since = task.retried_at or max(task.created_at, task.turn_at)
    if not task.deadline_at and now > since + longest_wait:
        return "deadline_exceeded", "no account had a place for it"
    return None
