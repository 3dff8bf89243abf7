"""Which points packs there are: the configuration's, and over them those of staff."""

from apps.remoteconfig import values
from apps.remoteconfig.models import PointsPack

MOST_PACKS = 500


def offered_packs() -> dict[str, int]:
    """Points by product id, of the packs that can be bought now."""
    packs = dict(values.current().points_packs)
    for pack in PointsPack.objects.order_by("id")[:MOST_PACKS]:
        packs.pop(pack.product_id, None)
        if pack.is_offered:
            packs[pack.product_id] = pack.points
    return packs


def pack_points(product_id: str) -> int | None:
    """What a pack gives, also one that is no longer offered: who paid for it gets it. None for what is no pack."""
    staffs = PointsPack.objects.filter(product_id=product_id).first()
    return staffs.points if staffs else values.current().points_packs.get(product_id)
