"""A code proves once who somebody is, whatever happens at the same moment."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet

from apps.accounts.models import User
from apps.staff import second_factor, totp
from apps.staff.models import RecoveryCode, SecondFactor
from tests.staff.conftest import code_of


@pytest.fixture
def codes(staff: User) -> list[str]:
    """Recovery codes of a second factor that is in use."""
    factor = second_factor.begun(staff)
    codes = second_factor.confirm(factor, code_of(staff))
    assert codes
    return codes


@pytest.fixture
def proves(staff: User, codes: list[str]) -> Callable[[str], bool]:
    return lambda code: second_factor.proves(SecondFactor.objects.get(staff=staff), code)


def test_a_code_is_taken_once(staff: User, proves: Callable[[str], bool]) -> None:
    code = code_of(staff, 1)
    assert [proves(code), proves(code)] == [True, False]


def test_of_two_requests_with_one_code_one_wins(staff: User, codes: list[str]) -> None:
    first, second = SecondFactor.objects.get(staff=staff), SecondFactor.objects.get(staff=staff)
    code = code_of(staff, 1)
    assert [second_factor.proves(first, code), second_factor.proves(second, code)] == [True, False]


def test_each_recovery_code_is_good_once_however_it_is_typed(codes: list[str], proves: Callable[[str], bool]) -> None:
    assert len(set(codes)) == 10
    typed = codes[3].replace("-", " ").upper()
    assert [proves(typed), proves(codes[3]), proves(codes[4])] == [True, False, True]


def test_neither_codes_nor_the_secret_are_kept_in_clear(staff: User, codes: list[str]) -> None:
    factor = SecondFactor.objects.get(staff=staff)
    secret = second_factor.secret_of(factor)
    assert secret
    assert secret not in bytes(factor.secret)
    kept = b"".join(bytes(row.code_sha256) for row in RecoveryCode.objects.all())
    assert all(code.replace("-", "").encode() not in kept for code in codes)


def test_new_recovery_codes_end_the_ones_before(staff: User, codes: list[str], proves: Callable[[str], bool]) -> None:
    new = second_factor.new_recovery_codes(SecondFactor.objects.get(staff=staff))
    assert [proves(codes[0]), proves(new[0])] == [False, True]


def test_one_that_was_not_confirmed_is_not_in_use_and_stays_the_same_for_who_was_shown_it(staff: User) -> None:
    first = second_factor.begun(staff)
    assert second_factor.of(staff) is None
    again = second_factor.begun(staff, second_factor.mark(first))
    assert second_factor.secret_of(again) == second_factor.secret_of(first)
    assert second_factor.confirm(first, "000000" if code_of(staff) != "000000" else "111111") is None


def test_who_comes_from_elsewhere_is_shown_another_one_and_the_first_is_worth_nothing(staff: User) -> None:
    first = second_factor.begun(staff)
    code = code_of(staff)
    assert second_factor.secret_of(second_factor.begun(staff)) != second_factor.secret_of(first)
    assert second_factor.confirm(first, code) is None
    assert second_factor.of(User.objects.get(id=staff.id)) is None


def test_one_that_is_in_use_is_shown_to_nobody(staff: User, codes: list[str]) -> None:
    mark = second_factor.mark(SecondFactor.objects.get(staff=staff))
    for shown in ("", mark):
        with pytest.raises(second_factor.InUse):
            second_factor.begun(staff, shown)


def test_it_outlives_a_change_of_the_servers_key(staff: User, settings: Any, proves: Callable[[str], bool]) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], Fernet.generate_key().decode()
    assert proves(code_of(staff, 1))
    settings.SECRET_KEY_FALLBACKS = []
    assert second_factor.secret_of(SecondFactor.objects.get(staff=staff)) is None
    assert not proves(totp.code_at(b"", totp.step_at(time.time())))
