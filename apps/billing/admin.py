import json
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.billing import customers, event_counts, event_search, metrics, revenuecat, store_ids, webhook
from apps.billing.models import CustomerAlias, Order, RevenueCatEvent, Subscription
from apps.core.read_only_admin import ReadOnlyAdmin
from apps.remoteconfig.models import SubscriptionProduct
from apps.staff.known_values_filter import by_words

MOST_AT_ONCE = 100
BY_ENVIRONMENT = ("environment", by_words(lambda: revenuecat.ENVIRONMENTS))

BOUGHT_HELP = "id of a transaction of a store, or of whoever bought"


def _bought(model: type[Model], name: str, term: str) -> Q:
    user = customers.find([term])
    return store_ids.condition(model, (name,), term) | (Q(user=user) if user else Q(pk__in=()))


@admin.register(RevenueCatEvent)
class RevenueCatEventAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "type", "environment", "outcome", "reason", "deliveries", "attempts", "created_at")
    list_filter = ("outcome", ("type", by_words(lambda: metrics.TYPES)), BY_ENVIRONMENT, "source")
    # Django wants a field, to draw the place to type into.
    search_fields = ("=event_id",)
    search_condition = staticmethod(event_search.condition)
    search_help_text = "id of an event, of a transaction, or of anybody it speaks of"
    exclude = ("body", "event_at_ms")
    readonly_fields = ("event_at", "body_as_text")
    actions = ("process_again",)
    change_list_template = "admin/billing/revenuecatevent/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        counts = {"event_counts": event_counts.since(timezone.now() - timedelta(days=1))}
        return super().changelist_view(request, (extra_context or {}) | counts)

    @admin.display(description="event at")
    def event_at(self, event: RevenueCatEvent) -> datetime:
        return revenuecat.moment(event.event_at_ms)

    @admin.display(description="body")
    def body_as_text(self, event: RevenueCatEvent) -> SafeString:
        """Laid out when it is JSON; nothing of it is changed or left out."""
        text = bytes(event.body).decode(errors="replace")
        with suppress(ValueError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        return format_html('<pre class="bo-code">{}</pre>', text)

    def has_process_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_revenuecatevent")

    @admin.action(description="Process again", permissions=["process"])
    def process_again(self, request: HttpRequest, events: QuerySet[RevenueCatEvent]) -> None:
        """Harmless when repeated: what an event leads to is derived from all events each time."""
        chosen = list(events.order_by("event_at_ms", "id")[: MOST_AT_ONCE + 1])
        for event in chosen[:MOST_AT_ONCE]:
            webhook.process(event)
            event.refresh_from_db()
            self.log_change(request, event, f"Processed again: {event.outcome} {event.reason}".strip())
            level = messages.ERROR if event.outcome == RevenueCatEvent.Outcome.FAILED else messages.SUCCESS
            self.message_user(request, f"{event}: {event.outcome} {event.reason}", level)
        if len(chosen) > MOST_AT_ONCE:
            told = f"More were chosen. The oldest {MOST_AT_ONCE} were processed; the others are as they were."
            self.message_user(request, told, messages.WARNING)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "user",
        "product_id",
        "store",
        "environment",
        "started_at",
        "expires_at",
        "ended_at",
        "will_renew",
    )
    list_select_related = ("user",)
    list_filter = ("store", BY_ENVIRONMENT, ("plan", by_words(lambda: SubscriptionProduct.Plan.values)))
    search_fields = ("=user__id", "=original_transaction_id")
    search_condition = staticmethod(partial(_bought, Subscription, "original_transaction_id"))
    search_help_text = BOUGHT_HELP


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "kind", "product_id", "status", "price", "currency", "points_granted", "purchased_at")
    list_select_related = ("user",)
    list_filter = ("kind", "status", "store", BY_ENVIRONMENT)
    search_fields = ("=user__id", "=transaction_id")
    search_condition = staticmethod(partial(_bought, Order, "transaction_id"))
    search_help_text = BOUGHT_HELP


@admin.register(CustomerAlias)
class CustomerAliasAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "created_at")
    list_select_related = ("user",)
    search_fields = ("=name", "=user__id")
