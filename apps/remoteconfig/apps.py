from django.apps import AppConfig


class RemoteConfigAppConfig(AppConfig):
    name = "apps.remoteconfig"
