from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from apps.points import checks

__all__ = ["checks"]


class PointsAppConfig(AppConfig):
    name = "apps.points"

    def ready(self) -> None:
        autodiscover_modules("spent_on")
