"""What each role may do: the one table. Every migration brings the groups of these names back to it.

`view` stands for looking at every table of an app. Rows that only the domain writes stay read-only for everybody.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.db.models import Q

OURS = ("core", "staff", "remoteconfig", "accounts", "points", "emoji", "billing", "backoffice")
PEOPLE = ("accounts.view", "points.view", "emoji.view", "billing.view", "backoffice.view")

ROLES: Mapping[str, tuple[str, ...]] = {
    # Helps one person at a time.
    "support": (
        *PEOPLE,
        "remoteconfig.view",
        "accounts.change_user",
        "accounts.suspend_user",
        "points.adjust_points",
        "emoji.change_taskreport",
        "emoji.operate_tasks",
        "emoji.refund_task",
        "emoji.view_photos",
    ),
    # Keeps the machinery running.
    "operator": (
        *PEOPLE,
        "core.view",
        "remoteconfig.view",
        "django_celery_beat.view",
        "remoteconfig.add_configrevision",
        "emoji.add_emojitemplate",
        "emoji.change_emojitemplate",
        "emoji.operate_tasks",
        "billing.change_revenuecatevent",
    ),
    # Answers for the money: approves, exports, sets what is sold.
    "finance": (
        *PEOPLE,
        "remoteconfig.view",
        "points.adjust_points",
        "points.approve_adjustment",
        "staff.export_lists",
        "remoteconfig.add_pointspack",
        "remoteconfig.change_pointspack",
        "remoteconfig.add_subscriptionproduct",
        "remoteconfig.change_subscriptionproduct",
    ),
    # Everything of ours; schedules are edited by superusers alone.
    "admin": (*(f"{app}.*" for app in OURS), "django_celery_beat.view", "auth.view", "admin.view"),
}


def grant(app_label: str) -> None:
    """Give every role its permissions on one app, and take away others on it; makes the groups where they are missing.

    Runs after an app's permissions were made.
    """
    if not apps.is_installed("apps.staff"):
        return
    groups: Any = apps.get_model("auth.Group")._default_manager
    for name, words in ROLES.items():
        group, _ = groups.get_or_create(name=name)
        wanted = set(_permissions(app_label, words))
        had = set(group.permissions.filter(content_type__app_label=app_label))
        group.permissions.add(*(wanted - had))
        group.permissions.remove(*(had - wanted))


def _permissions(app_label: str, words: Iterable[str]) -> list[Any]:
    condition = Q(pk__in=())
    for word in words:
        label, _, name = word.partition(".")
        if label == app_label:
            condition |= _condition(name)
    permissions: Any = apps.get_model("auth.Permission")._default_manager
    return list(permissions.filter(condition, content_type__app_label=app_label))


def _condition(name: str) -> Q:
    if name == "*":
        return Q(pk__isnull=False)
    return Q(codename__startswith="view_") & ~Q(codename="view_photos") if name == "view" else Q(codename=name)
