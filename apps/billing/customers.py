"""Who RevenueCat means: a user by any name that its customer has.

A name is the billing id that we gave the app, the numeric user id or the device id that an earlier app gave RevenueCat,
or an alias learned from an event that also had one of those (vendor: identifying customers).
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts import shown_device
from apps.accounts.models import User
from apps.billing.models import CustomerAlias, RevenueCatEvent
from apps.core import advisory_lock
from apps.core.postgres import direct
from apps.core.snowflake_field import DIGITS, MAX_ID

Outcome = RevenueCatEvent.Outcome
ANONYMOUS = "$RCAnonymousID:"
MOST_WAITING = 500
# Their outcomes stand in it, so that the index of these few is used.
IS_ANY_WAITING = """
SELECT EXISTS (
    SELECT FROM billing_revenuecatevent WHERE (outcome = 'unmatched' OR type = 'TRANSFER') AND names && %s::varchar[]
)
"""


def find(names: Sequence[str]) -> User | None:
    """The names in order; own ones before learned ones."""
    return _own(names) or _by_device(names) or _by_alias(names)


def find_and_learn(names: Sequence[str]) -> tuple[User | None, int]:
    """Besides the user, how many waiting events may now be applied, because a name of theirs was learned.

    Two events at once, of which one waits for the name that the other teaches, take turns.
    """
    user = find(names)
    if user and not _unknown(user, names):
        return user, 0
    hold(names)
    user = find(names)
    return (user, _learn(user, names)) if user else (None, 0)


def hold(names: Iterable[str]) -> None:
    """What one learns about these names, others see: who waits for a name and who teaches it take turns.

    Always taken before any other lock of billing.
    """
    advisory_lock.hold(f"customer:{name}" for name in names)


def is_any_waiting(names: Iterable[str]) -> bool:
    """Whether `wake` would find an event."""
    ((found,),) = direct.run(IS_ANY_WAITING, [[*names]]).rows
    return bool(found)


def wake(names: Iterable[str]) -> int:
    """Events that wait for one of these names are due now; how many they are.

    The caller holds the names, or held them once when their user was there: whoever missed the user has ended.
    One that is being applied at this moment will see for itself.
    """
    waiting = RevenueCatEvent.objects.filter(Q(outcome=Outcome.UNMATCHED) | Q(type="TRANSFER"), names__overlap=[*names])
    ids = list(waiting.select_for_update(skip_locked=True).values_list("id", flat=True)[:MOST_WAITING])
    return RevenueCatEvent.objects.filter(id__in=ids).update(outcome=Outcome.RECEIVED, next_try_at=Now())


def _learn(user: User, names: Sequence[str]) -> int:
    unknown = _unknown(user, names)
    if not unknown:
        return 0
    CustomerAlias.objects.bulk_create([CustomerAlias(name=name, user=user) for name in unknown], ignore_conflicts=True)
    return wake(unknown)


def _unknown(user: User, names: Sequence[str]) -> list[str]:
    own = {str(user.billing_user_id), str(user.id)}
    others = [name for name in names if name not in own and name.lower() not in own]
    if not others:
        return []
    known = set(CustomerAlias.objects.filter(name__in=others).values_list("name", flat=True)[: len(others)])
    return [name for name in others if name not in known]


def _own(names: Sequence[str]) -> User | None:
    ids = {name: int(name) for name in names if DIGITS.fullmatch(name) and int(name) <= MAX_ID}
    uuids = {name: uuid for name in names if (uuid := _uuid(name))}
    if not ids and not uuids:
        return None
    found = User.objects.filter(Q(id__in=ids.values()) | Q(billing_user_id__in=uuids.values()))[: len(names)]
    by_key = {key: user for user in found for key in (user.id, user.billing_user_id)}
    return next((by_key[key] for name in names if (key := ids.get(name) or uuids.get(name)) in by_key), None)


def _by_device(names: Sequence[str]) -> User | None:
    for name in names[:10]:
        if not name.startswith(ANONYMOUS) and (user := shown_device.user_of(name)):
            return user
    return None


def _by_alias(names: Sequence[str]) -> User | None:
    found = CustomerAlias.objects.filter(name__in=names).select_related("user")[: len(names)]
    by_name = {alias.name: alias.user for alias in found}
    return next((by_name[name] for name in names if name in by_name), None)


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name) if len(name) == 36 else None
    except ValueError:
        return None
