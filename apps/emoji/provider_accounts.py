"""The accounts at the provider: who pays for a clip, and how much of the provider each of them may use.

`DASHSCOPE_API_KEY` is the account `default`; `DASHSCOPE_ACCOUNTS` names more. A task stays with the one that took it.
"""

from dataclasses import dataclass, field

from django.conf import settings

DEFAULT = "default"
MOCK = "mock"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account may ask for: calls a second of each kind, and how many emoji at the provider at once."""

    detections: float
    submissions: float
    look_ups: float
    places: int


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """`limits` is None where nobody counts: with the mock."""

    name: str
    api_key: str = field(repr=False)
    limits: Limits | None


class AccountRemoved(Exception):
    """The task was taken by an account that this process's settings do not name, any more or yet."""


def configured() -> list[ProviderAccount]:
    """In the order of the settings; empty when there is no key at all."""
    if settings.ALIYUN_EMOJI_MOCK:
        return [ProviderAccount(MOCK, "", None)]
    default = {DEFAULT: settings.DASHSCOPE_API_KEY} if settings.DASHSCOPE_API_KEY else {}
    limits = Limits(
        settings.DASHSCOPE_DETECTIONS_PER_SECOND,
        settings.DASHSCOPE_SUBMISSIONS_PER_SECOND,
        settings.DASHSCOPE_LOOK_UPS_PER_SECOND,
        settings.DASHSCOPE_PLACES,
    )
    return [ProviderAccount(name, key, limits) for name, key in {**default, **settings.DASHSCOPE_ACCOUNTS}.items()]


def limits_of(name: str) -> Limits | None:
    """None where nobody counts, and of an account that is not configured here."""
    return next((account.limits for account in configured() if account.name == name), None)


def named(name: str) -> ProviderAccount:
    """A task without an account's name was taken when there was one only. Raises AccountRemoved."""
    for account in configured():
        if name in (account.name, ""):
            return account
    raise AccountRemoved(f"the account {name or DEFAULT} is not configured here")
