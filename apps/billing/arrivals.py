"""Whoever is new here may have bought something already, under a name that an earlier app gave RevenueCat."""

from django.db import transaction

from apps.accounts import arrivals
from apps.accounts.models import User
from apps.billing import customers, webhook


def welcome(user: User, device_id: str) -> None:
    """Apply what came for a user before there was one."""
    names = [device_id, str(user.id)]
    with transaction.atomic(durable=True):
        customers.hold(names)
        woken = customers.wake(names)
    if woken:
        webhook.process_waiting(names)


arrivals.register(welcome)
