"""Somebody new has come; apps above that kept something for such a person say here whom to tell."""

from collections.abc import Callable

from apps.accounts.models import User

Welcome = Callable[[User, str], bool]

_welcomes: list[Welcome] = []


def register(welcome: Welcome) -> None:
    """`welcome` gets a new user and the device id, after the user is committed, and tells whether it had something."""
    _welcomes.append(welcome)


def announce(user: User, device_id: str) -> None:
    """What was kept for them is theirs, and to be seen of `user`, when it returns."""
    welcomed = [welcome(user, device_id) for welcome in _welcomes]
    if any(welcomed):
        user.refresh_from_db()
