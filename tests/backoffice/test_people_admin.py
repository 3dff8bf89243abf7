"""What staff type on a person's page takes effect in what follows from it, and keeps the rules of what users type."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from tests.audit_log import written
from tests.billing.conftest import period

LIFETIME = {"product_id": "lifetime_001", "expiration_at_ms": None}


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def tester(user: User, send_event: Callable[..., Any], settings: Any) -> User:
    """Has bought VIP in a sandbox, in production."""
    settings.PRODUCTION = True
    User.objects.filter(id=user.id).update(is_tester=True)
    send_event("NON_RENEWING_PURCHASE", **period(user, **LIFETIME))
    user.refresh_from_db()
    assert user.vip_is_lifetime
    return user


def save(desk: Client, user: User, **fields: str) -> User:
    answer = desk.post(f"/admin/accounts/user/{user.id}/change/", {"audit_reason": "a test"} | fields)
    assert answer.status_code == 302
    return User.objects.get(id=user.id)


def test_who_is_no_tester_any_more_is_no_vip_by_a_sandbox(desk: Client, tester: User) -> None:
    saved = save(desk, tester)
    assert (saved.is_tester, saved.vip_is_lifetime) == (False, False)
    (deed,) = written()
    assert sorted(deed.after or ()) == ["is_tester", "updated_at", "vip_is_lifetime"]


def test_who_is_a_tester_is_vip_by_a_sandbox(desk: Client, tester: User) -> None:
    save(desk, tester)
    saved = save(desk, tester, is_tester="on")
    assert (saved.is_tester, saved.vip_is_lifetime) == (True, True)


def test_another_change_leaves_a_tester_vip(desk: Client, tester: User) -> None:
    saved = save(desk, tester, is_tester="on", nickname="Ming")
    assert (saved.nickname, saved.is_tester, saved.vip_is_lifetime) == ("Ming", True, True)


def test_a_nickname_that_turns_the_text_is_not_staffs_to_give_either(desk: Client, user: User) -> None:
    typed = {"nickname": "\u202egnim", "audit_reason": "a test"}
    answer = desk.post(f"/admin/accounts/user/{user.id}/change/", typed)
    assert "Use letters, digits, signs and emoji only." in answer.content.decode()
    assert User.objects.get(id=user.id).nickname == user.nickname


def test_staff_may_take_a_nickname_away(desk: Client, user: User) -> None:
    User.objects.filter(id=user.id).update(nickname="Ming")
    assert save(desk, user, nickname="").nickname == ""


def test_a_nickname_of_before_the_rule_hinders_no_other_change(desk: Client, user: User) -> None:
    User.objects.filter(id=user.id).update(nickname="\u202egnim")
    assert save(desk, user, nickname="\u202egnim", is_tester="on").is_tester
