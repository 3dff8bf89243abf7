"""A member of staff at a browser, on the real way in."""

import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.accounts.models import User
from apps.staff import second_factor, totp
from apps.staff.models import SecondFactor

PASSWORD = "a-long-password-here"


@pytest.fixture(autouse=True)
def second_factor_given() -> None:
    """Nothing is given here: the tests prove it themselves."""


@pytest.fixture
def browser() -> Client:
    return Client()


def give_password(browser: Client, name: str = "boss", password: str = PASSWORD, next_page: str = "") -> Any:
    query = f"?next={next_page}" if next_page else ""
    return browser.post(f"/admin/login/{query}", {"username": name, "password": password})


def give_code(browser: Client, code: str) -> Any:
    return browser.post("/admin/second-factor/", {"code": code})


def code_of(user: User, steps_on: int = 0) -> str:
    """What the authenticator app shows."""
    secret = second_factor.secret_of(SecondFactor.objects.get(staff=user))
    assert secret
    return totp.code_at(secret, totp.step_at(time.time()) + steps_on)


def enrolled(browser: Client, user: User) -> list[str]:
    """Logged in for the first time; the recovery codes."""
    give_password(browser, str(user.username))
    browser.get("/admin/second-factor/")
    page = give_code(browser, code_of(user)).content.decode()
    return re.findall(r"<code>([a-z2-7-]+)</code>", page)


def member(name: str, *roles: str) -> User:
    user = User.objects.create_user(name, PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


def at_work(name: str, *roles: str) -> tuple[User, Client]:
    """Of these roles, logged in by both factors."""
    user, browser = member(name, *roles), Client()
    enrolled(browser, user)
    return user, browser
