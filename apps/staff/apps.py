from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate

from apps.staff import checks, roles

__all__ = ["checks"]


class StaffAppConfig(AppConfig):
    name = "apps.staff"
    default = True

    def ready(self) -> None:
        """Receivers need the models, so they are imported by name once those are there."""
        post_migrate.connect(_grant, dispatch_uid="roles of staff")
        __import__("apps.staff.logins")


class StaffAdminConfig(admin.AdminConfig):
    """Django's admin, with our site for all that register with it."""

    default_site = "apps.staff.site.StaffSite"
    default = False


def _grant(app_config: AppConfig, **_: Any) -> None:
    roles.grant(app_config.label)
