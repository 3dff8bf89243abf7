"""What the stores name their transactions: unique in a store and an environment, with which the indexes begin."""

from typing import Any

from django.db.models import Model, Q

from apps.billing import revenuecat
from apps.staff import known_values_filter


def condition(model: type[Model], names: tuple[str, ...], term: str) -> Q:
    """Rows of any store and environment that have this id in one of the columns; by the index of each."""
    store: Any = model._meta.get_field("store")
    somewhere = Q(store__in=known_values_filter.values_of(store), environment__in=revenuecat.ENVIRONMENTS)
    found = Q(pk__in=())
    for name in names:
        found |= somewhere & Q((name, term))
    return found
