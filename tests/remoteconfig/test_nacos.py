"""The document is fetched from every generation of Nacos, with a login that shows nowhere, and never waited for."""

import logging
import threading
from typing import Any

import pytest

from apps.remoteconfig import nacos as product
from apps.remoteconfig.nacos import Login, NacosFailure
from dev.fake_nacos import Behaviour, FakeNacos, answers, drips, hangs
from dev.free_port import LOOPBACK, free_port
from tests.remoteconfig.conftest import client_of

DOCUMENT = b'{"points_rules": {"emoji": 150}}'
LOGIN = Login("pickitchen", "a password that nobody sees")


@pytest.fixture(autouse=True)
def published(nacos: FakeNacos) -> None:
    nacos.publish(DOCUMENT)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no silent Nacos."""
    monkeypatch.setattr(product, "LOOK_SECONDS", 60)
    monkeypatch.setattr(product, "ADDRESS_SECONDS", 60)


@pytest.fixture
def guarded(nacos: FakeNacos) -> FakeNacos:
    """Wants a login."""
    nacos.username, nacos.password = LOGIN.username, LOGIN.password
    return nacos


@pytest.fixture
def in_a_hurry(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an address that does not answer, but not so that one that does could be too slow."""
    monkeypatch.setattr(product, "ADDRESS_SECONDS", 1)


@pytest.mark.parametrize("speaks", [("v1",), ("v1", "v2"), ("v1", "v2", "v3"), ("v3",)], ids=str)
@pytest.mark.parametrize("login", [None, LOGIN], ids=["open", "with login"])
def test_every_generation_is_spoken(nacos: FakeNacos, speaks: tuple[str, ...], login: Login | None) -> None:
    nacos.speaks = speaks
    nacos.username, nacos.password = (login.username, login.password) if login else ("", "")
    client = client_of(nacos, login=login)
    assert client.fetch() == DOCUMENT
    nacos.calls.clear()
    assert client.fetch() == DOCUMENT
    assert len(nacos.calls) == 1, "the second time it knows how"


def test_a_namespace_and_a_group_are_named_in_the_words_of_each_generation(settings: Any, nacos: FakeNacos) -> None:
    settings.NACOS_NAMESPACE = nacos.namespace = "7f3c-production"
    settings.NACOS_GROUP = nacos.group = "BUSINESS"
    settings.NACOS_DATA_ID = nacos.data_id = "pickitchen-points.json"
    for generation in ("v1", "v2", "v3"):
        assert client_of(nacos, generation=generation).fetch() == DOCUMENT


def test_one_login_serves_many_looks_and_a_lost_token_is_renewed(guarded: FakeNacos) -> None:
    client = client_of(guarded, login=LOGIN)
    for _ in range(3):
        client.fetch()
    assert guarded.logins == 1
    guarded.tokens.clear()
    assert client.fetch() == DOCUMENT
    assert guarded.logins == 2


@pytest.mark.parametrize("login", [None, Login("pickitchen", "wrong")], ids=["none", "wrong"])
def test_a_refused_login_is_ours_to_mend(guarded: FakeNacos, login: Login | None) -> None:
    with pytest.raises(NacosFailure, match="refuses our name and password") as failure:
        client_of(guarded, login=login).fetch()
    assert failure.value.is_ours
    assert guarded.logins <= 1


def test_name_password_and_token_are_in_no_address_and_no_log(
    guarded: FakeNacos, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client_of(guarded, login=LOGIN).fetch()
    told = " ".join([*guarded.calls, *(record.getMessage() for record in caplog.records), repr(LOGIN)])
    assert not any(secret in told for secret in (LOGIN.password, *guarded.tokens))


def test_a_document_that_is_not_there_is_no_outage(nacos: FakeNacos) -> None:
    nacos.delete()
    for speaks in (("v1",), ("v2",), ("v3",)):
        nacos.speaks = speaks
        with pytest.raises(NacosFailure, match=r"no document public/DEFAULT_GROUP/pickitchen\.json"):
            client_of(nacos).fetch()


def test_the_next_address_answers_when_the_first_is_down(nacos: FakeNacos) -> None:
    client = client_of(nacos, f"http://{LOOPBACK}:{free_port()}/")
    assert client.fetch() == DOCUMENT


def test_the_next_address_answers_when_the_first_is_silent(nacos: FakeNacos, in_a_hurry: None) -> None:
    let_go = threading.Event()
    silent = FakeNacos(behaviour=hangs(let_go))
    silent.start()
    assert client_of(nacos, silent.address).fetch() == DOCUMENT
    let_go.set()
    silent.stop()


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (answers(500), "HTTP 500"),
        (answers(200, b"<html>"), "not what Nacos says"),
        (answers(200, b'{"code": 10000, "message": "?"}'), "code 10000"),
        (answers(200, b"x" * 10_000_000), "larger than"),
        (answers(302), "HTTP 302"),
        (answers(404), "speaks no generation"),
    ],
    ids=["500", "html", "code", "10 MB", "redirect", "404"],
)
def test_an_answer_that_is_none_is_a_failure(nacos: FakeNacos, behaviour: Behaviour, reason: str) -> None:
    nacos.behaviour = behaviour
    with pytest.raises(NacosFailure, match=reason):
        client_of(nacos).fetch()


def test_an_answer_that_drips_is_given_up(nacos: FakeNacos, in_a_hurry: None) -> None:
    nacos.behaviour = drips
    with pytest.raises(NacosFailure, match="timed out"):
        client_of(nacos).fetch()


def test_nobody_listens(nacos: FakeNacos) -> None:
    with pytest.raises(NacosFailure, match="ConnectionError"):
        client_of(FakeNacos(port=free_port())).fetch()
