from django.apps import AppConfig


class RemoteConfigAppConfig(AppConfig):
    name = "apps.remoteconfig"
    verbose_name = "Remote configuration"
