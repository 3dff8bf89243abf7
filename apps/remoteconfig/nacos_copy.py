"""The last good document from Nacos, in PostgreSQL, for all processes.

One process at a time asks Nacos, whoever comes first once the time is up: it claims the row, asks outside any
transaction, and stores what it found. What is accepted is so for all processes at once; a document that would hurt is
refused here, once, with an error in the log and its problems in the row, and changes nothing.
"""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from structlog import get_logger

from apps.remoteconfig.document import Document, InvalidConfig, Values, parse
from apps.remoteconfig.guards import refuse_unconfirmed
from apps.remoteconfig.layer import NOTHING, Layer
from apps.remoteconfig.models import NacosCopy
from apps.remoteconfig.nacos import LOOK_SECONDS, Nacos, NacosFailure

# Then the process that asked is taken for dead.
CLAIM_ENDS_AFTER = timedelta(seconds=LOOK_SECONDS + 1)

NO_REFUSAL: dict[str, Any] = {"refused_md5": "", "refused_at": None, "problems": []}

log = get_logger(__name__)


def ask(nacos: Nacos, lower: Values, every: timedelta) -> None:
    """Unless another process asks, or has asked within `every`. `lower` are the values below those of Nacos."""
    source = str(nacos.wanted)
    claim = _claim(source, every)
    if claim is None:
        return
    try:
        content = nacos.fetch()
    except NacosFailure as failure:
        _settle_failure(source, claim, failure)
    else:
        _settle_answer(source, claim, content, lower)


def layer(source: str, before: Layer) -> Layer:
    """The copy as it is now, read anew when it is another one than `before`."""
    copy = NacosCopy.objects.defer("content").filter(source=source).first()
    if copy is None:
        return NOTHING
    problems = (*copy.problems, *([copy.failure] if copy.failure else []))
    values, misfits = (before.values, ()) if copy.md5 == before.stamp else _values(copy)
    return Layer(copy.md5, values, (*problems, *misfits), copy.accepted_at, is_stale=copy.failing_since is not None)


def _values(copy: NacosCopy) -> tuple[Values, tuple[str, ...]]:
    try:
        return _accepted(copy).values, ()
    except InvalidConfig as error:
        log.error("the copy of Nacos does not fit the schema any more", source=copy.source, problems=str(error))
        return {}, (str(error),)


def _claim(source: str, every: timedelta) -> UUID | None:
    claim, now = uuid4(), Now()
    free = Q(claim=None, asked_at__lte=now - every) | Q(asked_at__lt=now - CLAIM_ENDS_AFTER)
    if NacosCopy.objects.filter(free, source=source).update(claim=claim, asked_at=now):
        return claim
    new = NacosCopy(source=source, claim=claim, asked_at=timezone.now())
    NacosCopy.objects.bulk_create([new], ignore_conflicts=True)
    return claim if NacosCopy.objects.filter(source=source, claim=claim).exists() else None


@transaction.atomic
def _settle_failure(source: str, claim: UUID, failure: NacosFailure) -> None:
    copy = _claimed(source, claim)
    if copy is None:
        return
    if copy.failure != str(failure):
        tell = log.error if failure.is_ours else log.warning
        tell("Nacos cannot be asked; the values before it stay", source=source, reason=str(failure))
    _release(copy, failure=str(failure)[:1000], failing_since=copy.failing_since or Now())


@transaction.atomic
def _settle_answer(source: str, claim: UUID, content: bytes, lower: Values) -> None:
    copy = _claimed(source, claim)
    if copy is None:
        return
    if copy.failing_since:
        log.info("Nacos answers again", source=source)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    changes = NO_REFUSAL if md5 == copy.md5 else _judged(copy, md5, content, lower)
    _release(copy, failing_since=None, failure="", **changes)


def _judged(copy: NacosCopy, md5: str, content: bytes, lower: Values) -> dict[str, Any]:
    try:
        document = parse(content)
        refuse_unconfirmed({**lower, **_standing(copy)}, lower, document)
    except InvalidConfig as refusal:
        return _refused(copy, md5, [str(problem) for problem in refusal.problems])
    log.info("a new document from Nacos is in use", source=copy.source, md5=md5, ignored=document.ignored)
    accepted_now = {"content": content.decode(), "md5": md5, "accepted_at": Now(), "ignored": list(document.ignored)}
    return accepted_now | NO_REFUSAL


def _refused(copy: NacosCopy, md5: str, problems: list[str]) -> dict[str, Any]:
    """Told once, however often the same document is read."""
    if (copy.refused_md5, copy.problems) == (md5, problems):
        return {}
    log.error("a document from Nacos is refused; the one before it stays", source=copy.source, problems=problems)
    return {"refused_md5": md5, "refused_at": Now(), "problems": problems}


def _accepted(copy: NacosCopy) -> Document:
    """An empty one before the first. Raises InvalidConfig if the schema has moved on since."""
    return parse(copy.content.encode()) if copy.md5 else Document({})


def _standing(copy: NacosCopy) -> Values:
    try:
        return _accepted(copy).values
    except InvalidConfig:
        return {}


def _claimed(source: str, claim: UUID) -> NacosCopy | None:
    """None when this process took so long that another one asks now: what it found is old."""
    return NacosCopy.objects.select_for_update().filter(source=source, claim=claim).first()


def _release(copy: NacosCopy, **changes: Any) -> None:
    NacosCopy.objects.filter(source=copy.source).update(claim=None, **changes)
