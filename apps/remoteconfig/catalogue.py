"""Which points packs there are: the configuration's, and over them those of staff."""

from collections.abc import Iterable

from apps.remoteconfig import live, values
from apps.remoteconfig.models import PointsPack


def offered_packs() -> dict[str, int]:
    """Points by product id, of the packs that can be bought now."""
    return _over_the_configuration(PointsPack.objects.order_by("id")[: live.MOST_PACKS])


def last_offered_packs() -> dict[str, int]:
    """As this process saw them last, without asking PostgreSQL."""
    return _over_the_configuration(live.packs())


def pack_points(product_id: str) -> int | None:
    """What a pack gives, also one that is no longer offered: who paid for it gets it. None for what is no pack."""
    staffs = PointsPack.objects.filter(product_id=product_id).first()
    return staffs.points if staffs else values.current().points_packs.get(product_id)


def _over_the_configuration(staffs: Iterable[PointsPack]) -> dict[str, int]:
    packs = dict(values.current().points_packs)
    for pack in staffs:
        packs.pop(pack.product_id, None)
        if pack.is_offered:
            packs[pack.product_id] = pack.points
    return packs
