"""Whoever is new here may have bought something already, under a name that an earlier app gave RevenueCat."""

from django.db import transaction

from apps.accounts import arrivals
from apps.accounts.models import User
from apps.billing import customers, webhook


def welcome(user: User, device_id: str) -> bool:
    """Apply what came for a user before there was one; whether anything did."""
    names = [device_id, str(user.id)]
    # Let go at once: an event that missed the new user has ended by then, and every later one finds them.
    customers.hold(names)
    return customers.is_any_waiting(names) and _is_applied(names)


def _is_applied(names: list[str]) -> bool:
    with transaction.atomic(durable=True):
        woken = customers.wake(names)
    if woken:
        webhook.process_waiting(names)
    return bool(woken)


arrivals.register(welcome)
