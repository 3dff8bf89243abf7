"""What can be bought to be VIP, as the app shows it: one item for a product, however many stores sell it."""

from typing import Any

from apps.remoteconfig import catalogue, values
from apps.remoteconfig.models import SubscriptionProduct
from apps.remoteconfig.values import LIFETIME


def offered() -> list[dict[str, Any]]:
    by_id: dict[str, list[SubscriptionProduct]] = {}
    for product in catalogue.offered_subscriptions():
        by_id.setdefault(product.product_id.partition(":")[0], []).append(product)
    return [_item(name, products) for name, products in by_id.items()]


def _item(name: str, products: list[SubscriptionProduct]) -> dict[str, Any]:
    """A Play product with a base plan is sold as `product:plan`; its texts are those of the first of them."""
    first = products[0]
    with_plan = [product.product_id for product in products if ":" in product.product_id]
    reward = values.current().weekly_reward
    return {
        "id": name,
        "product_ids": {"app_store": name, "play_store": with_plan[0] if with_plan else name},
        "entitlement": first.entitlement,
        "period": first.plan,
        "weekly_points": reward[LIFETIME if first.plan == LIFETIME else "weekly"],
        "title": first.title or name,
        "badge": first.badge or None,
        "sort": first.sort,
    }
