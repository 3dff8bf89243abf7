"""Each process keeps its values fresh by itself, also after a fork, and never makes anybody wait for long."""

import multiprocessing
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest
from django.db import connection

from apps.remoteconfig import live, refresher, values
from dev.fake_nacos import FakeNacos, hangs
from dev.free_port import LOOPBACK, free_port
from tests.journeys.conftest import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

AS_SHIPPED = refresher.FIRST_LOOK_SECONDS


@pytest.fixture(autouse=True)
def thread(settings: Any, monkeypatch: pytest.MonkeyPatch, nacos: FakeNacos) -> Iterator[None]:
    """A refresher of the test's own, whose first look is waited for; it ends before the tables are emptied."""
    settings.REMOTE_CONFIG_REFRESH_SECONDS = 0.1
    monkeypatch.setattr(refresher, "FIRST_LOOK_SECONDS", 60)
    here = refresher.Refresher()
    monkeypatch.setattr(refresher, "_here", here)
    yield
    here.stop()


def costs(points: int) -> dict[str, Any]:
    return {"points_rules": {"emoji": points}}


def test_the_first_use_has_the_values_of_nacos(nacos: FakeNacos) -> None:
    nacos.publish(costs(150))
    assert values.current().emoji_cost == 150


def test_a_change_arrives_without_anybody_asking(nacos: FakeNacos) -> None:
    assert values.current().emoji_cost == 200
    nacos.publish(costs(150))
    wait_until(lambda: values.current().emoji_cost == 150, "the new price is in use")


def test_a_silent_nacos_holds_up_the_first_use_for_two_seconds_at_most(
    nacos: FakeNacos, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert AS_SHIPPED <= 2
    monkeypatch.setattr(refresher, "FIRST_LOOK_SECONDS", 0.1)
    let_go = threading.Event()
    nacos.behaviour = hangs(let_go)
    assert values.current().emoji_cost == 200
    assert not let_go.is_set(), "the answer came while Nacos was still silent"
    let_go.set()


def test_a_database_that_is_away_is_looked_for_until_it_is_back(nacos: FakeNacos, settings: Any) -> None:
    nacos.publish(costs(150))
    there = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(HOST=LOOPBACK, PORT=str(free_port()))
    assert values.current().emoji_cost == 200
    connection.settings_dict.update(there)
    wait_until(lambda: values.current().emoji_cost == 150, "the database is read")


def test_an_error_nobody_foresaw_does_not_end_the_thread(nacos: FakeNacos, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([RuntimeError("nobody foresaw this")] * 3)
    refresh = live.refresh

    def fail_at_first() -> None:
        if error := next(failures, None):
            raise error
        refresh()

    monkeypatch.setattr(live, "refresh", fail_at_first)
    nacos.publish(costs(150))
    wait_until(lambda: values.current().emoji_cost == 150, "the thread goes on")


def _child(end: Connection, _: Any) -> None:
    """What a forked web worker or pool process does: it uses the values, again and again."""
    while True:
        end.send(values.current().emoji_cost)
        if not end.recv():
            return


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_forked_from_one_that_refreshes_refresh_themselves(nacos: FakeNacos) -> None:
    nacos.publish(costs(150))
    assert values.current().emoji_cost == 150
    connection.close()
    forks = multiprocessing.get_context("fork")
    ends, children = [], []
    for _ in range(2):
        ours, theirs = forks.Pipe()
        children.append(forks.Process(target=_child, args=(theirs, None), daemon=True))
        children[-1].start()
        ends.append(ours)
    assert [end.recv() for end in ends] == [150, 150]
    nacos.publish(costs(120))

    def all_know() -> bool:
        for end in ends:
            end.send(True)
        return [end.recv() for end in ends] == [120, 120]

    wait_until(all_know, "both forked processes have the new price")
    for end, child in zip(ends, children, strict=True):
        end.send(False)
        child.join(60)
        assert child.exitcode == 0
