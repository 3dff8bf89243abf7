"""Guessing is slow: per account and address, per address, per account, and per second factor; without Redis too."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.staff.models import StaffAction
from tests.conftest import at
from tests.staff.conftest import PASSWORD, enrolled, give_code, give_password

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["redis", "this process"])
def limits(request: pytest.FixtureRequest, settings: Any) -> None:
    settings.RATE_LIMITS_ENABLED = True
    if request.param != "redis":
        settings.REDIS_URL = NOWHERE


@pytest.fixture
def boss(limits: None, db: None) -> User:
    """Of a name that no test before has tried."""
    return User.objects.create_superuser(f"boss-{random.getrandbits(60)}", PASSWORD)


def address() -> str:
    """One that nobody has called from."""
    return f"2001:db8:{random.getrandbits(16):x}:{random.getrandbits(16):x}::1"


def tries(name: str | None, number: int, where: str) -> list[int]:
    browser = Client(REMOTE_ADDR=where)
    fields = {"username": name, "password": "wrong-password-here"}
    return [browser.post("/admin/login/", fields).status_code for _ in range(number)]


def test_five_tries_from_one_place_are_enough(boss: User) -> None:
    where = address()
    assert tries(boss.username, 6, where) == [200] * 5 + [429]
    answer = give_password(Client(REMOTE_ADDR=where), str(boss.username))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "Too many tries. Try again in" in answer.content.decode()


def test_the_owner_still_gets_in_from_elsewhere(boss: User) -> None:
    tries(boss.username, 6, address())
    assert give_password(Client(REMOTE_ADDR=address()), str(boss.username)).status_code == 302


def test_one_place_that_tries_many_names_is_stopped(limits: None, db: None) -> None:
    where = address()
    answers = [tries(f"name-{random.getrandbits(60)}", 1, where)[0] for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_many_places_that_try_one_name_are_slowed(boss: User) -> None:
    answers = [tries(boss.username, 1, address())[0] for _ in range(61)]
    assert answers == [200] * 60 + [429]


def test_what_was_not_let_through_fills_no_log(boss: User) -> None:
    tries(boss.username, 9, address())
    assert StaffAction.objects.filter(action="login.failed").count() == 5


def test_six_digits_cannot_be_tried_through(boss: User) -> None:
    enrolled(Client(REMOTE_ADDR=address()), boss)
    with at(timezone.now() + timedelta(minutes=16)):
        browser = Client(REMOTE_ADDR=address())
        give_password(browser, str(boss.username))
        answers = [give_code(browser, "no-such-code").content.decode() for _ in range(6)]
    assert ["Too many tries" in answer for answer in answers] == [False] * 5 + [True]
    assert StaffAction.objects.filter(action="second_factor.failed").count() == 5
