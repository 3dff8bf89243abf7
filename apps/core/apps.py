from django.apps import AppConfig


class CoreAppConfig(AppConfig):
    name = "apps.core"
