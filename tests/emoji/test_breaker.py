"""An account that fails is left alone, and found again by one call at a time."""

from typing import Any

import pytest
from django.utils import timezone

from apps.emoji import breaker
from apps.emoji.models import ProviderHealth
from apps.emoji.provider import Fault
from tests.emoji.conftest import LONG_AGO

pytestmark = pytest.mark.django_db


def fail(account: str, times: int = breaker.MOST_FAILURES) -> list[float]:
    return [breaker.fails(account, Fault.PROVIDER, "down") for _ in range(times)]


def time_for_a_probe() -> None:
    ProviderHealth.objects.update(open_until=LONG_AGO)


def test_an_account_nobody_complained_of_works(account: str) -> None:
    assert breaker.leave(account).seconds == 0
    assert breaker.outages([account]) == {}


def test_several_failures_in_a_row_are_needed(account: str) -> None:
    assert fail(account) == [0, 0, 0, 0, 30]
    assert 0 < breaker.leave(account).seconds <= 30


def test_a_success_in_between_forgives(account: str) -> None:
    fail(account, 4)
    breaker.works(account)
    assert fail(account, 4) == [0] * 4


def test_a_call_is_told_whether_the_last_one_failed(account: str) -> None:
    assert not breaker.leave(account).is_failing
    fail(account, 1)
    assert breaker.leave(account) == breaker.Leave(0, is_failing=True)
    breaker.works(account)
    assert not breaker.leave(account).is_failing


def test_that_all_accounts_work_is_believed_for_a_moment(account: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert breaker.outages([account]) == {}
        assert breaker.leave(account) == breaker.Leave(0, is_failing=False)
    breaker.forget()
    with django_assert_num_queries(1):
        assert breaker.leave(account).seconds == 0


def test_that_one_fails_is_asked_anew_each_time(account: str, django_assert_num_queries: Any) -> None:
    fail(account)
    with django_assert_num_queries(2):
        assert breaker.outages([account])
        assert breaker.leave(account).seconds > 0


def test_what_only_the_operator_can_mend_needs_no_second_failure(account: str) -> None:
    assert breaker.fails(account, Fault.ACCOUNT, "Arrearage") == 30
    assert breaker.outages([account])[account].fault == Fault.ACCOUNT


def test_one_probe_is_let_through_and_the_others_wait_for_its_outcome(account: str) -> None:
    fail(account)
    time_for_a_probe()
    assert breaker.outages([account])[account].seconds == 0
    assert [breaker.leave(account).seconds > 0 for _ in range(3)] == [False, True, True]


def test_a_probe_that_succeeds_brings_the_account_back(account: str) -> None:
    fail(account)
    time_for_a_probe()
    assert breaker.leave(account).seconds == 0
    breaker.works(account)
    assert breaker.leave(account).seconds == 0
    assert ProviderHealth.objects.get().failures == 0


def test_a_probe_that_fails_keeps_it_away(account: str) -> None:
    fail(account)
    time_for_a_probe()
    assert breaker.leave(account).seconds == 0
    assert fail(account, 1) == [30]
    until = ProviderHealth.objects.get().open_until
    assert until is not None
    assert until > timezone.now()


def test_each_account_is_judged_alone(account: str) -> None:
    another = f"{account}-b"
    fail(another, breaker.MOST_FAILURES - 2)
    fail(account)
    assert (fail(another, 1), breaker.leave(another).seconds) == ([0], 0)
    breaker.works(another)
    assert breaker.leave(account).seconds > 0
