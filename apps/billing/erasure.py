"""Remove what RevenueCat told us of a person, and what it knows itself. Orders, and the events they follow from, stay
without it."""

import json

from django.conf import settings

from apps.accounts import erasure
from apps.accounts.models import User
from apps.billing import customers, revenuecat, revenuecat_api
from apps.billing.models import RevenueCatEvent

# Of an event: names, mail addresses and whatever the app gave RevenueCat (vendor: the webhook reference).
PERSONAL = ("subscriber_attributes", "country_code", "metadata")
CHUNK = 100
MOST_NAMES = 50


def erase(user_id: int) -> bool:
    """One user has as many events as payments and their changes, so this is one batch."""
    for row in RevenueCatEvent.objects.filter(user_id=user_id).iterator(CHUNK):
        _erase_from(row)
    return True


def erase_late(row: RevenueCatEvent) -> None:
    """A store tells of a subscription that outlives the account, and of people whom nobody looks for here any more, who
    would be found by no erasure."""
    is_nobodys = row.user is None and row.next_try_at is None
    if is_nobodys or (row.user and row.user.erased_at):
        _erase_from(row)


def erase_there(user_id: int) -> bool:
    """Without a key nothing can be asked for; docs/decisions/0002 says so. Raises SyncUnavailable."""
    if settings.REVENUECAT_API_KEY:
        for name in _names_there(User.objects.get(id=user_id)):
            revenuecat_api.forget(name)
    return True


def _names_there(user: User) -> list[str]:
    """The id that we gave the app, and what else RevenueCat called them: an earlier app gave it other ids, and each may
    be a customer of its own. None by which somebody else is found here."""
    events = RevenueCatEvent.objects.filter(user=user).exclude(app_user_id="").order_by("app_user_id")
    told = events.values_list("app_user_id", flat=True).distinct()[:MOST_NAMES]
    return [str(user.billing_user_id), *(name for name in told if customers.find([name]) in (user, None))]


def _erase_from(row: RevenueCatEvent) -> None:
    body = revenuecat.parsed(bytes(row.body))
    if any(name in body["event"] for name in PERSONAL):
        body["event"] = {name: value for name, value in body["event"].items() if name not in PERSONAL}
        RevenueCatEvent.objects.filter(id=row.id).update(body=json.dumps(body).encode(), traceback="")


erasure.register("purchase events", erase)
erasure.register("the customer at RevenueCat", erase_there)
