"""Events by any id that staff are told: the event's, a store's, or a name of anybody it speaks of.

Each part of the condition has an index of its own, so that together they are no walk through the table.
"""

from django.db.models import Q

from apps.billing import customers, store_ids
from apps.billing.models import RevenueCatEvent

# Who is not known, or is one of several, stands in the event alone.
ONLY_NAMED = Q(outcome=RevenueCatEvent.Outcome.UNMATCHED) | Q(type="TRANSFER")
TRANSACTIONS = ("transaction_id", "original_transaction_id")


def condition(term: str) -> Q:
    found = Q(event_id=term) | ONLY_NAMED & Q(names__contains=[term])
    found |= store_ids.condition(RevenueCatEvent, TRANSACTIONS, term)
    user = customers.find([term])
    return found | Q(user=user) if user else found
