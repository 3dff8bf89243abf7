"""RevenueCat's events, counted by what became of them."""

import time

from apps.billing.subscription_fold import STEPS
from apps.core import metrics, request_metrics

WEBHOOK = "apps.billing.views.WebhookViewSet"
OTHERS = ("TRANSFER", "TEST", "SUBSCRIBER_ALIAS", "PURCHASE_REDEEMED")
TYPES = frozenset({*STEPS, *OTHERS})

events = metrics.counter(
    "pk_webhook_events",
    "Events by what became of them; each delivery of a known one is a `duplicate`, each look at a stored one counts",
    ["type", "outcome"],
    [(type_, outcome) for type_ in sorted(TYPES) for outcome in ("duplicate", "failed")],
)
lag = metrics.histogram(
    "pk_webhook_lag_seconds", "From what happened in the store to our knowing of it", buckets=metrics.LONG_SECONDS
)

# A secret that is not ours is refused; is any other taken meanwhile? An alert asks both.
request_metrics.requests.labels("POST", WEBHOOK, "200")
request_metrics.requests.labels("POST", WEBHOOK, "401")


def came(type_: str, outcome: str) -> None:
    """RevenueCat may send types that we do not know; they are one."""
    events.labels(type_ if type_ in TYPES else "other", outcome).inc()


def first_came(event_at_ms: int) -> None:
    lag.observe(max(time.time() - event_at_ms / 1000, 0.0))
