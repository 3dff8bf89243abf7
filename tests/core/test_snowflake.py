"""Ids are unique, sort by time, and refuse a clock that went far back."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from rest_framework.test import APIClient

from apps.core.node_lease import LEASE_MS
from apps.core.snowflake import ClockWentBack, Snowflake, begin_anew, first_id, next_id, time_ms
from apps.emoji.tasks import advance
from tests.scrape import Moved

pytestmark = pytest.mark.django_db(transaction=True)

NOW_MS = 1_795_000_000_000
MAKE_IDS = """
import django; django.setup()
from apps.core.snowflake import next_id
print("\\n".join(str(next_id()) for _ in range(50_000)))
"""


class Clock:
    def __init__(self) -> None:
        self.ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_snowflake(clock: Clock) -> Callable[..., Snowflake]:
    return lambda preferred=None: Snowflake(preferred, clock)


def node_of(snowflake_id: int) -> int:
    return (snowflake_id >> 12) & 1023


def test_ids_sort_by_the_time_they_carry(make_snowflake: Callable[..., Snowflake], clock: Clock) -> None:
    snowflake = make_snowflake()
    first = snowflake.next_id()
    clock.ms += 1
    second = snowflake.next_id()
    assert first < second < 2**63
    assert (time_ms(first), time_ms(second)) == (NOW_MS, NOW_MS + 1)


def test_what_was_made_since_a_moment_is_a_range_of_ids(make_snowflake: Callable[..., Snowflake]) -> None:
    moment = datetime.fromtimestamp(NOW_MS // 1000, UTC)
    assert first_id(moment) <= make_snowflake().next_id() < first_id(moment + timedelta(milliseconds=1))


def test_more_ids_than_a_millisecond_holds_go_on_in_the_next_one(make_snowflake: Callable[..., Snowflake]) -> None:
    snowflake = make_snowflake()
    ids = [snowflake.next_id() for _ in range(4097)]
    assert len(set(ids)) == 4097
    assert ids == sorted(ids)
    assert time_ms(ids[-1]) == NOW_MS + 1


def test_a_clock_that_went_back_four_seconds_is_bridged(make_snowflake: Callable[..., Snowflake], clock: Clock) -> None:
    snowflake = make_snowflake()
    before = snowflake.next_id()
    clock.ms -= 4_000
    after = [snowflake.next_id() for _ in range(10_000)]
    assert before < after[0]
    assert len(set(after)) == 10_000


def test_a_clock_that_went_back_six_seconds_is_refused_at_once(
    make_snowflake: Callable[..., Snowflake], clock: Clock
) -> None:
    snowflake = make_snowflake()
    snowflake.next_id()
    clock.ms -= 6_000
    with pytest.raises(ClockWentBack):
        snowflake.next_id()


def test_ids_go_on_when_the_clock_has_caught_up(make_snowflake: Callable[..., Snowflake], clock: Clock) -> None:
    snowflake = make_snowflake()
    before = snowflake.next_id()
    clock.ms -= 6_000
    with pytest.raises(ClockWentBack):
        snowflake.next_id()
    clock.ms += 6_001
    assert snowflake.next_id() > before


def test_the_configured_node_is_used_when_it_is_free(make_snowflake: Callable[..., Snowflake]) -> None:
    assert node_of(make_snowflake(7).next_id()) == 7


def test_two_processes_with_one_configured_node_never_share_it(make_snowflake: Callable[..., Snowflake]) -> None:
    first, second = make_snowflake(7), make_snowflake(7)
    assert node_of(first.next_id()) == 7
    assert node_of(second.next_id()) != 7


def test_a_node_is_given_away_only_above_every_id_its_last_holder_could_make(
    make_snowflake: Callable[..., Snowflake], clock: Clock
) -> None:
    dead = make_snowflake(7)
    dead.next_id()
    clock.ms += LEASE_MS + 1
    heir = make_snowflake(7)
    inherited = heir.next_id()
    clock.ms -= 4_000
    revived = dead.next_id()
    assert node_of(inherited) == 7
    assert node_of(revived) != 7


def test_a_lease_is_extended_before_it_ends(make_snowflake: Callable[..., Snowflake], clock: Clock) -> None:
    snowflake = make_snowflake(7)
    nodes = set()
    for _ in range(10):
        nodes.add(node_of(snowflake.next_id()))
        clock.ms += LEASE_MS // 2 + 1
    assert nodes == {7}


def test_who_holds_a_node_needs_no_connection_for_an_id(make_snowflake: Callable[..., Snowflake]) -> None:
    snowflake = make_snowflake()
    snowflake.hold_node()
    leased = ceilings()
    snowflake.next_id()
    assert leased == ceilings() != []


@pytest.mark.parametrize(("method", "is_leased"), [("post", True), ("delete", True), ("get", False)])
def test_a_request_that_may_write_leases_a_node_first(anonymous: APIClient, method: str, is_leased: bool) -> None:
    begin_anew()
    before = len(ceilings())
    getattr(anonymous, method)("/api/v1/nowhere")
    assert (len(ceilings()) > before) == is_leased


def test_a_job_leases_a_node_first() -> None:
    begin_anew()
    before = len(ceilings())
    advance.apply(args=(0,))
    assert len(ceilings()) > before


def ceilings() -> list[tuple[int, int]]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT node_id, ceiling_ms FROM core_snowflakenode ORDER BY node_id")
        return list(cursor.fetchall())


def test_a_forked_child_does_not_go_on_with_its_parents_node() -> None:
    parents_node = node_of(next_id())
    connections.close_all()
    queue = multiprocessing.get_context("fork").Queue()
    child = multiprocessing.get_context("fork").Process(target=lambda: queue.put(node_of(next_id())))
    child.start()
    childs_node = queue.get(timeout=30)
    child.join(30)
    assert childs_node != parents_node


def test_four_processes_with_the_same_environment_make_no_id_twice() -> None:
    name = connections["default"].settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "pickitchen.settings",
        "SNOWFLAKE_NODE_ID": "7",
    }
    command = [sys.executable, "-c", MAKE_IDS]
    makers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    ids = [line for maker in makers for line in maker.communicate(timeout=100)[0].split()]
    assert len(ids) == 200_000
    assert len(set(ids)) == 200_000


def test_a_clock_behind_is_counted_as_bridged_and_as_refused(
    make_snowflake: Callable[..., Snowflake], clock: Clock
) -> None:
    snowflake, moved = make_snowflake(), Moved()
    snowflake.next_id()
    clock.ms -= 4_000
    snowflake.next_id()
    clock.ms -= 2_000
    with pytest.raises(ClockWentBack):
        snowflake.next_id()
    assert moved.by("pk_snowflake_clock_back_total", action="bridged") == 1
    assert moved.by("pk_snowflake_clock_back_total", action="refused") == 1
    assert not snowflake.clock_is_sound()
