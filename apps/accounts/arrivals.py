"""Somebody new has come; apps above that kept something for such a person say here whom to tell."""

from collections.abc import Callable

from apps.accounts.models import User

Welcome = Callable[[User, str], None]

_welcomes: list[Welcome] = []


def register(welcome: Welcome) -> None:
    """`welcome` gets a new user and the device id, after the user is committed."""
    _welcomes.append(welcome)


def announce(user: User, device_id: str) -> None:
    for welcome in _welcomes:
        welcome(user, device_id)
