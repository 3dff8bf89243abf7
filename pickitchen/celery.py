"""The Celery app."""

import os
import signal
import threading
from typing import Any

import django
from billiard import pool
from celery import Celery
from celery.signals import (
    beat_init,
    before_task_publish,
    celeryd_init,
    heartbeat_sent,
    import_modules,
    setup_logging,
    task_postrun,
    task_prerun,
    task_rejected,
    task_unknown,
    worker_init,
    worker_shutting_down,
)
from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string

from apps.core import request_id
from pickitchen import broker, heartbeat
from pickitchen.start import require_sound_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pickitchen.settings")

app = Celery("pickitchen")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
broker.be_patient()
# Tenths of a second. A child that ends waits for its parent to hear what it told; a parent that stops listens no more
# for a job that was only just handed out, and the child would wait for half a minute.
pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = 20

# Seconds.
PATIENT = {"socket_timeout": 10, "socket_connect_timeout": 3, "retry_on_timeout": True}


@setup_logging.connect
def keep_djangos_logging(**_: Any) -> None:
    """Celery leaves logging alone when this signal has a receiver."""


@celeryd_init.connect
def give_the_worker_a_patient_link(conf: Any, **_: Any) -> None:
    """A request must not wait for the broker; a worker waits on it for a living."""
    conf.broker_transport_options = conf.broker_transport_options | PATIENT


@beat_init.connect
def give_beat_a_patient_link(sender: Any, **_: Any) -> None:
    sender.app.conf.broker_transport_options = sender.app.conf.broker_transport_options | PATIENT


heartbeat_sent.connect(heartbeat.beat)


@import_modules.connect
def refuse_unsound_settings(**_: Any) -> None:
    """Worker and beat send this signal first of all, before they touch the database or the broker."""
    django.setup()
    require_sound_settings()


@worker_init.connect
def tell_the_workers_metrics(**_: Any) -> None:
    """In the parent, which lives as long as the worker; its children count into the same folder."""
    if settings.METRICS_ADDRESS:
        # Needs Django's apps, which are not there yet when this module is imported.
        import_string("apps.core.metrics_page.serve")(settings.METRICS_ADDRESS)


@worker_shutting_down.connect
def hand_back_what_takes_too_long(how: str, **_: Any) -> None:
    """Asked to stop (SIGTERM, "Warm"), Celery waits for what is at work, however long that takes."""
    if how == "Warm":
        later = threading.Timer(settings.WORKER_FINISHES_SECONDS, os.kill, (os.getpid(), signal.SIGQUIT))
        later.daemon = True
        later.start()


@task_postrun.connect
def count_the_job(task: Any, state: str, **_: Any) -> None:
    import_string("apps.core.job_metrics.ended")(task.name, state)
    import_string("apps.core.job_endings.note")(task.name, state)


@task_unknown.connect
@task_rejected.connect
def count_what_is_no_job(**_: Any) -> None:
    import_string("apps.core.job_metrics.refused")()


@before_task_publish.connect
def send_the_request_id_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """So that a task's lines in the log are found by the id of the request that it comes from."""
    if headers is not None and (current := request_id.current_request_id()):
        headers["request_id"] = current


@task_prerun.connect
def log_under_the_request_id(task: Any, task_id: str, **_: Any) -> None:
    request_id.begin_task(task_id, getattr(task.request, "request_id", None))


@task_postrun.connect
def log_under_it_no_more(**_: Any) -> None:
    request_id.end_task()


@task_prerun.connect
def drop_dead_database_connections(**_: Any) -> None:
    """Connections outlive tasks (CELERY_DB_REUSE_MAX), so a restarted PostgreSQL must be noticed here."""
    close_old_connections()


@task_prerun.connect
def hold_a_node(**_: Any) -> None:
    """After the dead connections are gone, before a transaction begins."""
    import_string("apps.core.snowflake.hold_node")()
