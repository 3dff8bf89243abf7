"""What is read for Prometheus is read in the time that it waits."""

import time

import pytest

from apps.core import metrics
from apps.core.metrics import Labels, State
from tests.scrape import scrape


def test_when_one_is_silent_the_others_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would wait for the same server, and Prometheus would hear of none."""
    asked = []

    def silent() -> dict[Labels, float]:
        time.sleep(0.6)
        return {(): 0}

    def other() -> dict[Labels, float]:
        asked.append("other")
        return {(): 1}

    monkeypatch.setattr(metrics, "READ_SECONDS", 0.5)
    states = {name: State(name, "", (), read) for name, read in {"pk_silent": silent, "pk_other": other}.items()}
    monkeypatch.setattr(metrics, "_states", states)
    told = scrape()
    assert told.has("pk_silent")
    assert told.has("pk_unreadable", metric="pk_other")
    assert asked == []


def test_of_a_silent_postgresql_is_told_before_all_that_asks_it_and_after_redis() -> None:
    names = list(metrics._states)
    assert names[:4] == ["pk_build_info", "pk_redis_up", "pk_queue_depth", "pk_database_up"]
