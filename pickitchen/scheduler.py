"""Celery beat's schedule, with a sign of life each time it has been looked at."""

from django_celery_beat.schedulers import DatabaseScheduler

from pickitchen import heartbeat


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # the library says nothing about its types
    def tick(self, *args: object, **options: object) -> float:
        seconds: float = super().tick(*args, **options)
        heartbeat.beat()
        return seconds
