"""Whether somebody is VIP is asked with a time."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts import vip
from apps.accounts.models import User
from apps.accounts.vip import Vip

NOW = timezone.now()


def test_vip_ends_by_the_clock(user: User) -> None:
    vip.write(user.id, Vip(expires_at=NOW + timedelta(days=7)))
    user.refresh_from_db()
    assert vip.is_vip(user, NOW)
    assert not vip.is_vip(user, NOW + timedelta(days=7))


def test_a_lifetime_has_no_end(user: User) -> None:
    vip.write(user.id, Vip(is_lifetime=True))
    user.refresh_from_db()
    assert vip.is_vip(user, NOW + timedelta(days=36500))


def test_a_subscription_goes_on_beside_a_lifetime_until_its_end(user: User) -> None:
    vip.write(user.id, Vip(NOW + timedelta(days=7), is_lifetime=True))
    user.refresh_from_db()
    assert vip.is_subscribed(user, NOW)
    assert not vip.is_subscribed(user, NOW + timedelta(days=7))


def test_no_end_alone_is_no_vip(user: User) -> None:
    assert not vip.is_vip(user, NOW)


def test_vips_are_those_of_the_moment(user: User) -> None:
    vip.write(user.id, Vip(expires_at=NOW + timedelta(days=7)))
    assert list(User.objects.vips(NOW)) == [user]
    assert not User.objects.vips(NOW + timedelta(days=7)).exists()
