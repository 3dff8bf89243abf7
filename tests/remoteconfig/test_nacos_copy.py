"""A good document is in use at once and everywhere; a bad one changes nothing and raises an alarm."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.remoteconfig import live, nacos_copy, values
from apps.remoteconfig.models import NacosCopy
from apps.remoteconfig.nacos import Login
from dev.fake_nacos import FakeNacos, answers
from tests.remoteconfig.conftest import client_of

pytestmark = pytest.mark.django_db

Look = Callable[..., live.Snapshot]


def emoji_at(points: Any, **more: Any) -> dict[str, Any]:
    return {"points_rules": {"emoji": points}, **more}


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_change_in_nacos_is_in_use(nacos: FakeNacos, look: Look) -> None:
    nacos.publish(emoji_at(150))
    assert look().source == "nacos"
    assert values.current().emoji_cost == 150
    nacos.publish(emoji_at(120))
    look()
    assert values.current().emoji_cost == 120


def test_a_key_that_nacos_drops_is_the_packaged_one_again(nacos: FakeNacos, look: Look) -> None:
    nacos.publish(emoji_at(150))
    look()
    nacos.publish({"weekly_reward": {"weekly": 2500}})
    look()
    assert (values.current().emoji_cost, values.current().weekly_reward["weekly"]) == (200, 2500)


@pytest.mark.parametrize(
    ("pushed", "sentence"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"null", "must be an object"),
        (emoji_at(0), "points_rules.emoji must be a whole number of points"),
        (emoji_at(-200), "points_rules.emoji must be a whole number of points"),
        (emoji_at("150"), "points_rules.emoji must be a whole number of points"),
        (emoji_at(1500), "would go from 150 to 1500 points: confirm"),
        (emoji_at(100, points_packs={"points_1000": 100_000}), "points_packs.points_1000 would go from 1000 to"),
    ],
    ids=str,
)
def test_a_bad_push_changes_nothing_and_raises_an_alarm(
    nacos: FakeNacos, look: Look, caplog: pytest.LogCaptureFixture, pushed: Any, sentence: str
) -> None:
    nacos.publish(emoji_at(150))
    look()
    nacos.publish(pushed)
    seen = look()
    look()
    assert values.current().emoji_cost == 150
    assert sentence in seen.problems[0]
    copy = NacosCopy.objects.get()
    assert copy.refused_at
    assert [sentence in problem for problem in copy.problems] == [True]
    assert len(alarms(caplog)) == 1, "told once, not every few seconds"


def test_the_alarm_ends_with_the_next_good_document(nacos: FakeNacos, look: Look) -> None:
    told = []
    for document in (emoji_at(150), b"{", emoji_at(150)):
        nacos.publish(document)
        told.append(len(look().problems))
    assert told == [0, 1, 0]
    assert NacosCopy.objects.get().refused_at is None


def test_a_leap_is_taken_when_the_document_confirms_it(nacos: FakeNacos, look: Look) -> None:
    nacos.publish(emoji_at(2000, confirm={"points_rules.emoji": 2000}))
    look()
    assert values.current().emoji_cost == 2000


def test_keys_nobody_knows_are_told_to_staff(nacos: FakeNacos, look: Look) -> None:
    nacos.publish(emoji_at(150, secret="s"))
    look()
    assert NacosCopy.objects.get().ignored == ["secret"]


def test_when_nacos_goes_away_the_last_good_copy_stays(
    nacos: FakeNacos, look: Look, caplog: pytest.LogCaptureFixture
) -> None:
    nacos.publish(emoji_at(150))
    look()
    nacos.behaviour = answers(503)
    assert look().source == "last_good"
    live.forget()
    assert look().source == "last_good"
    assert values.current().emoji_cost == 150
    assert NacosCopy.objects.get().failing_since
    assert len([one for one in caplog.records if "cannot be asked" in one.getMessage()]) == 1
    nacos.behaviour = None
    assert look().source == "nacos"


def test_nacos_away_from_the_start_leaves_the_packaged_values(nacos: FakeNacos, look: Look) -> None:
    nacos.stop()
    seen = look()
    assert (seen.source, values.current().emoji_cost) == ("fallback", 200)
    assert "ConnectionError" in seen.problems[0]


def test_a_deleted_document_is_not_the_end_of_its_values(
    nacos: FakeNacos, look: Look, caplog: pytest.LogCaptureFixture
) -> None:
    nacos.publish(emoji_at(150))
    look()
    nacos.delete()
    look()
    assert values.current().emoji_cost == 150
    assert "no document" in NacosCopy.objects.get().failure
    assert len(alarms(caplog)) == 1


def test_a_wrong_password_is_an_alarm(nacos: FakeNacos, look: Look, caplog: pytest.LogCaptureFixture) -> None:
    nacos.username, nacos.password = "pickitchen", "right"
    seen = look(client_of(nacos, login=Login("pickitchen", "wrong")))
    assert (seen.source, values.current().emoji_cost) == ("fallback", 200)
    assert len(alarms(caplog)) == 1
    assert "wrong" not in alarms(caplog)[0]


def test_a_flapping_nacos_gives_whole_documents_only(nacos: FakeNacos, look: Look) -> None:
    nacos.publish(
        {"points_rules": {"emoji": 150}, "weekly_reward": {"weekly": 1500}},
        b'{"points_rules": {"emoji": 1',
        {"points_rules": {"emoji": 250}, "weekly_reward": {"weekly": 2500}},
        emoji_at(0),
    )
    seen = set()
    for _ in range(12):
        look()
        seen.add((values.current().emoji_cost, values.current().weekly_reward["weekly"]))
    assert seen == {(150, 1500), (250, 2500)}


def test_who_asked_a_moment_ago_is_not_asked_again(nacos: FakeNacos, look: Look) -> None:
    look()
    nacos.calls.clear()
    nacos_copy.ask(client_of(nacos), live.below_nacos(), timedelta(minutes=1))
    assert nacos.calls == []


def test_a_process_that_died_while_asking_holds_nobody_up(nacos: FakeNacos, look: Look) -> None:
    look()
    NacosCopy.objects.update(claim=uuid4(), asked_at=timezone.now())
    nacos.calls.clear()
    look()
    assert nacos.calls == []
    NacosCopy.objects.update(asked_at=F("asked_at") - nacos_copy.CLAIM_ENDS_AFTER)
    look()
    assert len(nacos.calls) == 1


def test_an_answer_that_came_too_late_is_thrown_away(nacos: FakeNacos, look: Look) -> None:
    nacos.publish(emoji_at(150))
    client = client_of(nacos)
    fetch = client.fetch

    def slowly() -> bytes:
        NacosCopy.objects.update(claim=uuid4())
        return fetch()

    client.fetch = slowly  # type: ignore[method-assign]  # meanwhile another process claims
    assert look(client).source == "fallback"


@pytest.mark.django_db(transaction=True)
def test_of_many_processes_one_asks(nacos: FakeNacos, settings: Any) -> None:
    client = client_of(nacos)
    client.fetch()
    nacos.calls.clear()

    def process(_: int) -> None:
        nacos_copy.ask(client, live.below_nacos(), timedelta(minutes=1))
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(process, range(8)))
    assert len(nacos.calls) == 1


def test_a_copy_that_the_schema_has_left_behind_is_not_used(nacos: FakeNacos, caplog: pytest.LogCaptureFixture) -> None:
    NacosCopy.objects.create(
        source=str(live.wanted()),
        asked_at=timezone.now(),
        content=json.dumps(emoji_at(0)),
        md5="0" * 32,
        accepted_at=timezone.now(),
    )
    live.refresh()
    assert values.current().emoji_cost == 200
    assert "points_rules.emoji" in live.snapshot().problems[0]
    assert len(alarms(caplog)) == 1
