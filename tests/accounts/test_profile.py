"""Locales and time zones as the standards write them; a change is meant for a version."""

import pytest

from apps.accounts import profile
from apps.accounts.models import User
from apps.accounts.profile import PreconditionFailed


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("en", "en"),
        ("zh-hans", "zh-Hans"),
        ("ZH_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("english", None),
        ("", None),
        ("zh-", None),
        ("٣a", None),
        ("en-US-posix", None),
    ],
)
def test_a_locale_has_one_spelling(written: str, named: str | None) -> None:
    assert profile.locale_named(written) == named


@pytest.mark.parametrize("written", ["", "Mars/Olympus", "../etc/passwd", "asia/shanghai", "+08:00", "localtime"])
def test_a_timezone_is_one_of_the_iana_database(written: str) -> None:
    assert profile.timezone_named("Asia/Shanghai") == "Asia/Shanghai"
    assert profile.timezone_named(written) is None


def test_a_change_counts_and_no_change_does_not(user: User) -> None:
    assert profile.change(user.id, {"nickname": "Ming"}).profile_version == 2
    assert profile.change(user.id, {"nickname": "Ming"}).profile_version == 2


def test_a_change_meant_for_another_version_is_refused(user: User) -> None:
    profile.change(user.id, {"nickname": "Ming"}, {1})
    with pytest.raises(PreconditionFailed):
        profile.change(user.id, {"nickname": "Ling"}, {1})
    with pytest.raises(PreconditionFailed):
        profile.change(user.id, {"nickname": "Ling"}, set())
    assert User.objects.get(id=user.id).nickname == "Ming"
