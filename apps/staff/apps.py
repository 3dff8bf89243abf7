from typing import Any

from django.apps import AppConfig
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


def _grant(app_config: AppConfig, **_: Any) -> None:
    roles.grant(app_config.label)
