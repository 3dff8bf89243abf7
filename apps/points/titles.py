"""What rows of the ledger are called: kept in English, and told to users in their language."""

from collections.abc import Callable, Collection, Iterable, Mapping

from apps.core import languages
from apps.core.sentences import POINTS, said
from apps.points.models import PointTransaction

Kind = PointTransaction.Kind

ADJUSTED = "Adjusted by support"
EXPIRED = "Expired"
WEEKLY_REWARD = "Weekly VIP reward"
EMOJI = "Emoji: {name}"
REFUND = "Refund: {name}"
TAKEN_BACK = "{name} refunded"
GIVEN_AGAIN = "{name} paid after all"
NAMING: Mapping[str, str] = {
    Kind.SPEND: EMOJI,
    Kind.REFUND: REFUND,
    Kind.CLAWBACK: TAKEN_BACK,
    Kind.CLAWBACK_REVERSAL: GIVEN_AGAIN,
}

# What users spent points on is called so in a language (one of LANGUAGES), by the ids of the spends; in one query.
SpentOn = Callable[[Collection[int], str], Mapping[int, str]]

_spent_on: dict[str, SpentOn] = {}


def register(name: str, spent_on: SpentOn) -> None:
    """The apps that take points do, in a module `spent_on.py`; points knows no app above it."""
    _spent_on[name] = spent_on


def told(rows: Collection[PointTransaction]) -> dict[int, str]:
    """By the ids of the rows, in the language of the answer that is being made; as it is in English, and what is no
    sentence of ours."""
    language = languages.current()
    if language == languages.DEFAULT_LANGUAGE:
        return {row.id: row.title for row in rows}
    names = _names(rows, language)
    return {row.id: _told(row, names) for row in rows}


def _names(rows: Iterable[PointTransaction], language: str) -> dict[int, str]:
    """What the spends among these rows, and those that were refunded, were for; by their ids."""
    spends = {spend for row in rows if (spend := _spend(row))}
    if not spends:
        return {}
    return {spend: name for spent_on in _spent_on.values() for spend, name in spent_on(spends, language).items()}


def _told(row: PointTransaction, names: Mapping[int, str]) -> str:
    sentence = NAMING.get(row.kind, "")
    name = _named(row.title, sentence, "{name}")
    if name is None:
        return said(_pack_said(row.title))
    return said(sentence).format(name=names.get(_spend(row) or 0, _pack_said(name)))


def _pack_said(name: str) -> str:
    """A pack is called by its points; other names are told as they are."""
    points = _named(name, POINTS, "{points}")
    return said(POINTS).format(points=points) if points and points.isdecimal() else name


def _spend(row: PointTransaction) -> int | None:
    if row.kind == Kind.REFUND:
        return row.related_id
    return row.id if row.kind == Kind.SPEND else None


def _named(title: str, sentence: str, param: str) -> str | None:
    """What a title has in the place of a param of this sentence; None when it is not this one."""
    before, named, after = sentence.partition(param)
    if not named or not title.startswith(before) or not title.endswith(after):
        return None
    return title.removeprefix(before).removesuffix(after)
