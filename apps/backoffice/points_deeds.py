"""What staff may do with a person's points as a whole; single amounts are adjusted by the pages of points."""

from apps.accounts.models import User
from apps.backoffice.confirmation import Deed, Refused
from apps.points import freezing


def freeze(user: User) -> Deed:
    return Deed(
        action="points.freeze",
        permission="points.adjust_points",
        title="Freeze points",
        meaning="This person can spend nothing until the points are thawed. What they buy or are given still comes.",
        perform=lambda _: _frozen(user),
        facts=lambda: {"is_frozen": freezing.is_frozen(user.id)},
    )


def _frozen(user: User) -> str:
    if not freezing.freeze(user.id):
        raise Refused("The points are frozen already.")
    return "The points are frozen."


def thaw(user: User) -> Deed:
    return Deed(
        action="points.thaw",
        permission="points.adjust_points",
        title="Thaw points",
        meaning="This person can spend their points again.",
        perform=lambda _: _thawed(user),
        facts=lambda: {"is_frozen": freezing.is_frozen(user.id)},
    )


def _thawed(user: User) -> str:
    if not freezing.thaw(user.id):
        raise Refused("The points are not frozen.")
    return "The points can be spent again."
