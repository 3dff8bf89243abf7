"""What all processes share is told as it is."""

from typing import Any

import pytest
import redis
from django.db.migrations.recorder import MigrationRecorder

from apps.core.models import InvariantRun
from tests.scrape import scrape

pytestmark = pytest.mark.django_db


def test_messages_that_wait_are_counted(settings: Any) -> None:
    settings.CELERY_BROKER_URL = settings.REDIS_URL.rpartition("/")[0] + "/14"
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        broker.delete("celery")
        assert scrape().value("pk_queue_depth", queue="celery") == 0
        broker.lpush("celery", "one", "two")
        assert scrape().value("pk_queue_depth", queue="celery") == 2
        broker.delete("celery")


def test_a_redis_that_is_away_is_told_and_hides_nothing_else(settings: Any) -> None:
    settings.REDIS_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    told = scrape()
    assert told.has("pk_redis_up")
    assert told.value("pk_redis_up") == 0
    assert told.has("pk_unreadable", metric="pk_queue_depth")
    assert told.value("pk_database_up") == 1


def test_a_new_database_is_not_one_that_nobody_looks_at() -> None:
    began = MigrationRecorder.Migration.objects.order_by("applied")[0].applied
    assert scrape().value("pk_invariants_checked_timestamp") == pytest.approx(began.timestamp())


def test_the_last_look_at_the_invariants_is_told() -> None:
    last = InvariantRun.objects.create(checked=[], broken={}, took_ms=5)
    assert scrape().value("pk_invariants_checked_timestamp") == pytest.approx(last.created_at.timestamp())


def test_the_release_is_told(settings: Any) -> None:
    settings.RELEASE_VERSION, settings.RELEASE_COMMIT = "1.2.3", "abc"
    assert scrape().value("pk_build_info", version="1.2.3", commit="abc") == 1
