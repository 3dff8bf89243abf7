"""The profile tells the state that the subscription has."""

from datetime import datetime

from apps.accounts import vip_state
from apps.accounts.models import User
from apps.billing import subscription_state


def state_of(user: User, at: datetime) -> str:
    return subscription_state.of_user(user, at).state


vip_state.register(state_of)
