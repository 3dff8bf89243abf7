"""Celery beat's schedule, with a sign of life each time it has been looked at.

What is due is reckoned from when it was due last, by the clock of this machine, and kept in the database. So a clock
that was ahead for a while, and was put right, would stop every job for as long as it had been ahead, also after a
restart.
"""

import time
from datetime import datetime

from celery.schedules import schedstate
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from pickitchen import heartbeat


class Entry(ModelEntry):  # type: ignore[misc]  # the library says nothing about its types
    def is_due(self) -> schedstate:
        """What was sent last in the future counts as sent now."""
        last: datetime = self.model.last_run_at
        self.last_run_at = self.model.last_run_at = min(last, self._default_now())
        due: schedstate = super().is_due()
        return due


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # nor here
    Entry = Entry

    _looked_at = 0.0

    def tick(self, *args: object, **options: object) -> float:
        now = time.time()
        if now < self._looked_at:
            # The clock was set back: all times of a next look are wrong, so all is read anew.
            self._last_full_sync = datetime.min
        self._looked_at = now
        seconds: float = super().tick(*args, **options)
        heartbeat.beat()
        return seconds
