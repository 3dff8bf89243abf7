"""A user is found by any name RevenueCat has for them, also one that is learned later."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import Device, User
from apps.billing.models import CustomerAlias, RevenueCatEvent
from apps.points import ledger
from tests.billing.conftest import pack

ANONYMOUS = "$RCAnonymousID:0123456789abcdef0123456789abcdef"


def only(name: str) -> dict[str, Any]:
    return {"app_user_id": name, "original_app_user_id": name, "aliases": [name]}


@pytest.mark.parametrize("name", ["app_user_id", "original_app_user_id", "aliases"])
def test_by_any_id_of_the_customer(user: User, send_event: Callable[..., Any], name: str) -> None:
    ids: dict[str, Any] = {"app_user_id": ANONYMOUS, "original_app_user_id": ANONYMOUS, "aliases": []}
    mine = str(user.billing_user_id)
    send_event("NON_RENEWING_PURCHASE", **pack(user) | ids | {name: [mine] if name == "aliases" else mine})
    assert ledger.balance(user.id) == 1000


def test_by_the_number_an_earlier_app_gave(user: User, send_event: Callable[..., Any]) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user) | only(str(user.id)))
    assert ledger.balance(user.id) == 1000


def test_by_the_device_id_an_earlier_app_gave(anonymous: APIClient, db: None, send_event: Callable[..., Any]) -> None:
    user = log_in(anonymous, "an-old-device-id")
    send_event("NON_RENEWING_PURCHASE", **pack(user) | only("an-old-device-id"))
    assert ledger.balance(user.id) == 1000


def test_what_was_bought_before_the_login_waits_for_it(
    anonymous: APIClient, db: None, user: User, send_event: Callable[..., Any]
) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user) | only("an-old-device-id"))
    assert RevenueCatEvent.objects.get().outcome == "unmatched"
    newcomer = log_in(anonymous, "an-old-device-id")
    assert RevenueCatEvent.objects.get().outcome == "applied"
    assert ledger.balance(newcomer.id) == 1000
    assert ledger.balance(user.id) == 0


def test_what_was_bought_anonymously_is_given_when_a_later_event_tells_whose_it_is(
    user: User, send_event: Callable[..., Any]
) -> None:
    send_event("NON_RENEWING_PURCHASE", **pack(user) | only(ANONYMOUS))
    assert ledger.balance(user.id) == 0
    send_event("NON_RENEWING_PURCHASE", **pack(user, transaction_id="p-2", aliases=[ANONYMOUS]))
    assert ledger.balance(user.id) == 2000


def test_an_alias_is_remembered(user: User, send_event: Callable[..., Any]) -> None:
    send_event("SUBSCRIBER_ALIAS", app_user_id=ANONYMOUS, aliases=[ANONYMOUS, str(user.billing_user_id)])
    send_event("NON_RENEWING_PURCHASE", **pack(user) | only(ANONYMOUS))
    assert ledger.balance(user.id) == 1000


def test_a_redeemed_purchase_teaches_the_name_it_was_bought_under(user: User, send_event: Callable[..., Any]) -> None:
    redeemed = {"redeemed_from": [ANONYMOUS], "redeemed_by": [str(user.billing_user_id)]}
    send_event("PURCHASE_REDEEMED", **redeemed, redemption_outcome="transfer")
    assert not CustomerAlias.objects.exists()
    send_event("PURCHASE_REDEEMED", **redeemed, redemption_outcome="alias")
    assert CustomerAlias.objects.get().user == user


@pytest.mark.parametrize("name", ["0", "-1", "null", "anonymous", "Guest", "unknown", ""])
def test_a_name_that_apps_send_for_everybody_is_nobodys(user: User, send_event: Callable[..., Any], name: str) -> None:
    send_event("SUBSCRIBER_ALIAS", app_user_id=str(user.billing_user_id), original_app_user_id="", aliases=[name])
    assert not CustomerAlias.objects.exists()


def test_a_name_stays_with_whom_it_was_learned_for(
    user: User, new_device: Callable[[], Device], send_event: Callable[..., Any]
) -> None:
    for person in (user, new_device().user):
        send_event("SUBSCRIBER_ALIAS", app_user_id=str(person.billing_user_id), aliases=[ANONYMOUS])
    assert CustomerAlias.objects.get(name=ANONYMOUS).user == user


def log_in(anonymous: APIClient, device_id: str) -> User:
    answer = anonymous.post(
        "/api/v1/auth/login", {"device_id": device_id, "platform": "ios", "app_version": "1.0.0"}, format="json"
    )
    return User.objects.get(id=int(answer.json()["user"]["id"]))
