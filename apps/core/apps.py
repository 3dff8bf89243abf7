from django.apps import AppConfig

from apps.core import checks

__all__ = ["checks"]


class CoreAppConfig(AppConfig):
    name = "apps.core"
