"""What all processes share is told as it is."""

from typing import Any

import pytest
import redis

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


def test_the_release_is_told(settings: Any) -> None:
    settings.RELEASE_VERSION, settings.RELEASE_COMMIT = "1.2.3", "abc"
    assert scrape().value("pk_build_info", version="1.2.3", commit="abc") == 1
