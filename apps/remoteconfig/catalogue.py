"""What can be bought: the configuration's points packs and subscription products, and over them those of staff."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.core.prepared_query import PreparedQuery
from apps.remoteconfig import live, values
from apps.remoteconfig.models import PointsPack, SubscriptionProduct
from apps.remoteconfig.values import VipProduct

_PACKS = PreparedQuery(lambda: PointsPack.objects.order_by("id")[: live.MOST_PACKS])
_PRODUCTS = PreparedQuery(lambda: SubscriptionProduct.objects.order_by("sort", "id")[: live.MOST_PACKS])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Also what is no longer offered: who paid for it gets it. `packs` are points by product id, bonus included."""

    packs: Mapping[str, int]
    vip_products: Mapping[str, VipProduct]

    @property
    def entitlements(self) -> frozenset[str]:
        return frozenset(product.entitlement for product in self.vip_products.values())

    def pack_points(self, product_id: str) -> int | None:
        """None for what is no pack."""
        return self.packs.get(product_id)

    def vip_product(self, product_id: str) -> VipProduct | None:
        """A Play product may carry a base plan: `product:plan`; one that is listed with its plan wins."""
        return self.vip_products.get(product_id) or self.vip_products.get(product_id.partition(":")[0])


def current() -> Catalogue:
    config = values.current()
    packs = dict(config.points_packs) | {pack.product_id: pack.points for pack in _staffs_packs()}
    staffs = {row.product_id: VipProduct(row.plan, row.entitlement) for row in _staffs_products()}
    return Catalogue(packs, dict(config.vip_products) | staffs)


def offered_packs() -> list[PointsPack]:
    """What can be bought now, in the order staff gave; those of the configuration have no texts of their own."""
    return _over_the_configuration(_staffs_packs())


def last_offered_packs() -> dict[str, int]:
    """Points by product id, bonus included, as this process saw them last, without asking PostgreSQL."""
    return {pack.product_id: pack.points for pack in _over_the_configuration(live.packs())}


def offered_subscriptions() -> list[SubscriptionProduct]:
    """In the order staff gave them; those of the configuration have no texts of their own."""
    config = values.current().vip_products
    products = {
        name: SubscriptionProduct(product_id=name, plan=product.plan, entitlement=product.entitlement)
        for name, product in config.items()
    }
    products |= {row.product_id: row for row in _staffs_products()}
    return sorted((row for row in products.values() if row.is_offered), key=lambda row: row.sort)


def _over_the_configuration(staffs: Iterable[PointsPack]) -> list[PointsPack]:
    config = values.current()
    packs = {
        name: PointsPack(product_id=name, points=points, bonus_points=config.pack_bonuses[name])
        for name, points in config.points_packs.items()
    }
    for pack in staffs:
        packs.pop(pack.product_id, None)
        packs[pack.product_id] = pack
    return sorted((pack for pack in packs.values() if pack.is_offered), key=lambda pack: pack.sort)


def _staffs_packs() -> list[PointsPack]:
    return _PACKS.objects()


def _staffs_products() -> list[SubscriptionProduct]:
    return _PRODUCTS.objects()
