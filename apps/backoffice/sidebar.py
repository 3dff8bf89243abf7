"""What stands at the side of every page: all tables, by subject, for who may see them; and where this runs."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

Item = dict[str, Any]

# Subject, then each of its tables with an icon of the theme's font.
SUBJECTS: dict[str, dict[str, str]] = {
    "People": {
        "accounts.user": "person",
        "accounts.device": "smartphone",
        "accounts.session": "login",
        "accounts.refreshtoken": "key",
        "accounts.consentrecord": "handshake",
        "accounts.dataexport": "folder_zip",
        "accounts.accountdeletion": "person_remove",
        "accounts.unusedavatar": "no_accounts",
    },
    "Points": {
        "points.userpoints": "account_balance_wallet",
        "points.pointtransaction": "receipt_long",
        "points.grantlot": "hourglass_bottom",
        "points.clawback": "undo",
        "points.weeklyrewardrun": "redeem",
        "points.pendingadjustment": "rule",
    },
    "Emoji": {
        "emoji.emojitask": "mood",
        "emoji.taskreport": "flag",
        "emoji.emojitemplate": "style",
        "emoji.photoupload": "photo_camera",
        "emoji.detection": "face",
        "emoji.abandonedgeneration": "link_off",
        "emoji.providerhealth": "ecg_heart",
    },
    "Billing": {
        "billing.order": "shopping_bag",
        "billing.subscription": "autorenew",
        "billing.revenuecatevent": "webhook",
        "billing.customeralias": "alternate_email",
    },
    "Configuration": {
        "remoteconfig.configrevision": "tune",
        "remoteconfig.pointspack": "sell",
        "remoteconfig.subscriptionproduct": "workspace_premium",
        "remoteconfig.nacoscopy": "cloud_sync",
    },
    "Staff": {
        "staff.staffaction": "policy",
        "staff.secondfactor": "phonelink_lock",
        "staff.recoverycode": "password",
        "staff.mailbox": "mail",
        "staff.letter": "outgoing_mail",
        "auth.group": "badge",
        "admin.logentry": "history",
    },
    "Operations": {
        "django_celery_beat.periodictask": "schedule",
        "django_celery_beat.intervalschedule": "timer",
        "django_celery_beat.crontabschedule": "calendar_month",
        "django_celery_beat.clockedschedule": "event",
        "core.invariantrun": "verified",
        "core.backuprun": "backup",
        "backoffice.dailyfigures": "bar_chart",
        "core.idempotencyrecord": "repeat",
        "core.snowflakenode": "ac_unit",
    },
}


def navigation(request: HttpRequest) -> list[Item]:
    """Groups without an item that the reader may see are not drawn by the theme."""
    home = {"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}
    groups = [{"title": title, "items": _visible(request, tables)} for title, tables in SUBJECTS.items()]
    find = {"title": "Find by id", "icon": "search", "link": reverse("admin:backoffice_find")}
    return [{"items": [home, find]}, *groups]


def environment(request: HttpRequest) -> tuple[str, str]:
    """The label on every page, and its colour."""
    return settings.ENVIRONMENT.capitalize(), "danger" if settings.PRODUCTION else "info"


def _visible(request: HttpRequest, tables: dict[str, str]) -> list[Item]:
    found = [(apps.get_model(label), icon) for label, icon in tables.items()]
    pages = admin.site._registry
    return [
        {
            "title": capfirst(str(model._meta.verbose_name_plural).replace("_", " ")),
            "icon": icon,
            "link": reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"),
        }
        for model, icon in found
        if pages[model].has_view_permission(request)
    ]
