"""The Celery app."""

import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging, task_prerun
from django.conf import settings
from django.db import close_old_connections
from structlog import get_logger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pickitchen.settings")

app = Celery("pickitchen")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = get_logger(__name__)


@setup_logging.connect
def keep_djangos_logging(**_: Any) -> None:
    """Celery leaves logging alone when this signal has a receiver."""


@celeryd_init.connect
def give_workers_a_patient_link(conf: Any, **_: Any) -> None:
    """A request must not wait for the broker; a worker waits on it for a living."""
    conf.broker_transport_options = {
        **conf.broker_transport_options,
        "socket_timeout": settings.BROKER_WORKER_SOCKET_TIMEOUT_SECONDS,
    }


@task_prerun.connect
def drop_dead_database_connections(**_: Any) -> None:
    """Connections outlive tasks (CELERY_DB_REUSE_MAX), so a restarted PostgreSQL must be noticed here."""
    close_old_connections()
