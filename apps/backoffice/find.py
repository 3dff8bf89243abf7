"""Whatever is called by an id: a person, a phone, a purchase, a task, an event. Staff need not know which it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.accounts import shown_device
from apps.billing import store_ids
from apps.staff import bounded_list

# Of one kind; a name that more rows share is better looked for in their list.
MOST_OF_A_KIND = 20
# Ids of a store are unique in it and in an environment.
OF_A_STORE = ("transaction_id", "original_transaction_id")
# Table, and its columns that name a row; each begins an index.
NAMES: Mapping[str, tuple[str, ...]] = {
    "accounts.user": ("id", "billing_user_id"),
    "accounts.device": ("id", "device_id_tail"),
    "accounts.session": ("id",),
    "points.pointtransaction": ("id", "reference"),
    "points.pendingadjustment": ("id",),
    "emoji.emojitask": ("id", "provider_task_id"),
    "emoji.photoupload": ("id", "key"),
    "emoji.taskreport": ("id",),
    "billing.order": ("id", "transaction_id"),
    "billing.subscription": ("id", "original_transaction_id"),
    "billing.revenuecatevent": ("id", "event_id", "transaction_id", "original_transaction_id"),
    "billing.customeralias": ("name",),
    "staff.staffaction": ("id", "request_id"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    row: Model

    @property
    def kind(self) -> str:
        return str(self.row._meta.verbose_name).capitalize()

    @property
    def url_name(self) -> str:
        return f"admin:{self.row._meta.app_label}_{self.row._meta.model_name}_change"


def hits(request: HttpRequest, term: str) -> list[Hit]:
    """Of the tables that the reader may see."""
    visible = (label for label in NAMES if may_see(request, label))
    return [Hit(row) for label in visible for row in rows(label, term)]


def may_see(request: HttpRequest, label: str) -> bool:
    return admin.site._registry[apps.get_model(label)].has_view_permission(request)


def rows(label: str, term: str) -> list[Any]:
    """Newest first. Each name is a query of its own: together they would be a walk through the table."""
    found = {row.pk: row for rows in look_ups(label, term) for row in rows[:MOST_OF_A_KIND]}
    return sorted(found.values(), key=lambda row: str(row.pk), reverse=True)[:MOST_OF_A_KIND]


def look_ups(label: str, term: str) -> Iterator[QuerySet[Any]]:
    model = apps.get_model(label)
    every: Any = model._default_manager
    for name in NAMES[label]:
        found = (
            store_ids.condition(model, (name,), term)
            if name in OF_A_STORE
            else bounded_list.condition(model, f"={name}", term)
        )
        if found is not None:
            yield every.filter(found)
    if label == "accounts.device":
        # The whole id is not kept, but whoever has it finds its phone.
        yield every.filter(device_id_mac=shown_device.device_id_mac(term))
