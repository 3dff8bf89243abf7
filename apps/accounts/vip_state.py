"""How it stands with somebody's VIP in one word; the app above that knows the subscriptions says here how to tell."""

from collections.abc import Callable
from datetime import datetime

from apps.accounts.models import User

NONE = "none"
LIVE = ("trial", "active", "canceled", "grace", "lifetime", "temporary")
STATES = (NONE, *LIVE, "billing_retry", "paused", "expired")

# One of STATES, of somebody who is VIP or was, at a time.
StateOf = Callable[[User, datetime], str]

_tellers: list[StateOf] = []


def register(state_of: StateOf) -> None:
    _tellers.append(state_of)


def of_user(user: User, at: datetime) -> str:
    """Most were never VIP, and a login shows it: nothing is read for them."""
    return next((state_of(user, at) for state_of in _tellers), NONE) if user.has_been_vip else NONE
