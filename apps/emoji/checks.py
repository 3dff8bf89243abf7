"""Settings with which a task could outlive what it needs at the provider, an account be none, an object be removed
among others, or photos be where not everybody reaches them."""

import re
from itertools import permutations
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

# The vendor forgets a task, and its clip, after 24 hours; our links to photos end then too.
LONGEST_DEADLINE_SECONDS = 23 * 3600
LONGEST_NAME = 32
# What comes through every signature and every address as it is.
PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@register
def tasks_end_while_the_provider_knows_them(**_: Any) -> list[CheckMessage]:
    names = ("EMOJI_DEADLINE_SECONDS", "EMOJI_LONGEST_SAVING_SECONDS")
    wrong = [name for name in names if not 0 < getattr(settings, name) <= LONGEST_DEADLINE_SECONDS]
    return [Error(f"{name} is not 1 to {LONGEST_DEADLINE_SECONDS}", id="pk.E012") for name in wrong]


@register
def each_account_has_a_name_and_a_key_of_its_own(**_: Any) -> list[CheckMessage]:
    accounts = settings.DASHSCOPE_ACCOUNTS
    keys = [settings.DASHSCOPE_API_KEY] * bool(settings.DASHSCOPE_API_KEY) + list(accounts.values())
    rules = {
        f"DASHSCOPE_ACCOUNTS has a name that is empty or longer than {LONGEST_NAME}": any(
            not 0 < len(name) <= LONGEST_NAME for name in accounts
        ),
        "DASHSCOPE_ACCOUNTS has a name without a key": not all(accounts.values()),
        "two accounts at DashScope have one key: its limits would be used twice": len(set(keys)) < len(keys),
        "DASHSCOPE_ACCOUNTS names `default`, which is DASHSCOPE_API_KEY's": bool(settings.DASHSCOPE_API_KEY)
        and "default" in accounts,
    }
    return [Error(sentence, id="pk.E013") for sentence, broken in rules.items() if broken]


@register
def limits_let_something_through(**_: Any) -> list[CheckMessage]:
    names = ("DETECTIONS_PER_SECOND", "SUBMISSIONS_PER_SECOND", "LOOK_UPS_PER_SECOND", "PLACES")
    limits = {f"DASHSCOPE_{name}": getattr(settings, f"DASHSCOPE_{name}") for name in names}
    oss = ("OSS_SILENT", "OSS_CALL")
    times = ("PROVIDER_PROBE", "DASHSCOPE_CALL", "DASHSCOPE_DOWNLOAD", *oss, "EMOJI_FIRST_WAIT")
    limits |= {f"{name}_SECONDS": getattr(settings, f"{name}_SECONDS") for name in times}
    limits["PROVIDER_PROCESSES"] = settings.PROVIDER_PROCESSES
    return [Error(f"{name} is not above zero", id="pk.E014") for name, value in limits.items() if value <= 0]


@register
def each_kind_of_object_has_a_folder_of_its_own(**_: Any) -> list[CheckMessage]:
    """Lifecycle rules of the bucket end what lies in a folder: photos and clips, but no avatar."""
    names = ("OSS_DIR_PREFIX", "OSS_RESULT_PREFIX", "OSS_AVATAR_PREFIX")
    folders = {name: getattr(settings, name) for name in names}
    wrong = [f"{name} is not like photos/" for name, folder in folders.items() if not PREFIX.fullmatch(folder)] + [
        f"{inner} lies in {outer}"
        for outer, inner in permutations(names, 2)
        if f"{folders[inner]}/".startswith(f"{folders[outer]}/")
    ]
    return [Error(sentence, id="pk.E015") for sentence in wrong]


@register
def photos_are_where_everybody_reaches_them(**_: Any) -> list[CheckMessage]:
    """Links and tickets are signed without asking OSS, so that a mistake would show in each order and nowhere else."""
    if not settings.OSS_BUCKET:
        return []
    linked = urlsplit(settings.OSS_PUBLIC_ENDPOINT or settings.OSS_ENDPOINT).hostname or ""
    rules = {
        "OSS_REGION is not like cn-beijing": not settings.OSS_REGION or settings.OSS_REGION.startswith("oss-"),
        "OSS_ACCESS_KEY_ID or OSS_ACCESS_KEY_SECRET is not set": not (
            settings.OSS_ACCESS_KEY_ID and settings.OSS_ACCESS_KEY_SECRET
        ),
        "neither phones nor the provider reach an internal endpoint: set OSS_PUBLIC_ENDPOINT to a public one": (
            linked.partition(".")[0].endswith("-internal")
        ),
    }
    return [Error(sentence, id="pk.E016") for sentence, broken in rules.items() if broken]
