"""What staff set over all other places: checked like a document, explained, and kept for ever as rows."""

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from structlog import get_logger

from apps.core.errors import DomainError
from apps.remoteconfig.document import InvalidConfig, Values, cleaned
from apps.remoteconfig.guards import Leap, leaps
from apps.remoteconfig.kinds import Problem
from apps.remoteconfig.layer import Layer
from apps.remoteconfig.models import ConfigRevision
from apps.remoteconfig.schema import BY_PATH, KEYS

log = get_logger(__name__)


class ConfirmationNeeded(DomainError):
    """`leaps` are the changes that may be slips."""

    code = "confirmation_needed"
    is_public = False
    status = 409
    title = "This change must be confirmed"
    detail = "{told}: confirm it if you mean it."

    def __init__(self, found: list[Leap]) -> None:
        super().__init__(told="; ".join(map(str, found)))


class ChangedMeanwhile(DomainError):
    code = "changed_meanwhile"
    is_public = False
    status = 409
    title = "Somebody has changed this key since you looked"


@dataclass(frozen=True)
class Author:
    """Who changes, why, and whether a leap is meant."""

    staff_id: int
    reason: str
    confirmed: bool = False


@dataclass(frozen=True)
class Change:
    """`after` is `{"value": …}`, or empty to take the override away; `then` is the value that will be in effect, `now`
    the one that is; `follows` is the last change of the key that the author has seen, 0 for none. `others` are the
    values of all keys: a VIP's price is compared with everybody's."""

    key: str
    now: Any
    then: Any
    after: Values
    follows: int
    others: Values = field(default_factory=dict)


def newest() -> dict[str, ConfigRevision]:
    """The change that counts, of each key that was ever changed."""
    rows = ConfigRevision.objects.order_by("key", "-sequence").distinct("key")
    return {row.key: row for row in rows[: len(KEYS) * 2]}


def layer(before: Layer) -> Layer:
    """Rows are only added, so their number tells whether there is something new."""
    stamp = ConfigRevision.objects.count()
    if stamp == before.stamp:
        return before
    rows = newest()
    standing = {key: row.after["value"] for key, row in rows.items() if not row.is_removal}
    fitting = {key: value for key, value in standing.items() if _fits(key, value)}
    problems = tuple(f"the override of {key} does not fit the schema any more" for key in standing.keys() - fitting)
    if problems:
        log.error("overrides of staff are not in use", problems=problems)
    changed_at = max((row.created_at for row in rows.values()), default=None)
    return Layer(stamp, fitting, problems, changed_at)


def apply(change: Change, author: Author, undoes: ConfigRevision | None = None) -> ConfigRevision:
    """Raises InvalidConfig, ConfirmationNeeded, or ChangedMeanwhile."""
    _check(change, author)
    try:
        with transaction.atomic():
            return ConfigRevision.objects.create(
                key=change.key,
                sequence=change.follows + 1,
                before={"value": change.now},
                after=dict(change.after),
                confirmed=author.confirmed,
                reason=author.reason,
                staff_id=author.staff_id,
                undoes=undoes,
            )
    except IntegrityError as error:
        raise ChangedMeanwhile from error


def before(revision: ConfigRevision) -> Values:
    """What undoing it sets: the `after` of the change before it, empty where there was none."""
    earlier = ConfigRevision.objects.filter(key=revision.key, sequence=revision.sequence - 1).first()
    return earlier.after if earlier else {}


def _check(change: Change, author: Author) -> None:
    if change.key not in BY_PATH:
        raise InvalidConfig([Problem(change.key, f"{change.key} is no key of the remote configuration")])
    cleaned({change.key: change.then})
    found = leaps({**change.others, change.key: change.now}, {**change.others, change.key: change.then})
    if found and not author.confirmed:
        raise ConfirmationNeeded(found)


def _fits(key: str, value: Any) -> bool:
    try:
        return key in BY_PATH and bool(cleaned({key: value}))
    except InvalidConfig:
        return False
