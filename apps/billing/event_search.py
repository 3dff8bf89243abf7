"""Events by any id that staff are told: the event's, a store's, or a name of anybody it speaks of.

Each part of the condition has an index of its own, so that together they are no walk through the table.
"""

from django.db.models import Q

from apps.billing import customers, revenuecat
from apps.billing.models import RevenueCatEvent
from apps.staff import known_values_filter

# Who is not known, or is one of several, stands in the event alone.
ONLY_NAMED = Q(outcome=RevenueCatEvent.Outcome.UNMATCHED) | Q(type="TRANSFER")


def condition(term: str) -> Q:
    found = Q(event_id=term) | ONLY_NAMED & Q(names__contains=[term])
    # What the indexes of transactions begin with.
    stores = known_values_filter.values_of(RevenueCatEvent._meta.get_field("store"))
    somewhere = Q(store__in=stores, environment__in=revenuecat.ENVIRONMENTS)
    for name in ("transaction_id", "original_transaction_id"):
        found |= somewhere & Q((name, term))
    user = customers.find([term])
    return found | Q(user=user) if user else found
