from django.apps import AppConfig

from apps.points import checks

__all__ = ["checks"]


class PointsAppConfig(AppConfig):
    name = "apps.points"
