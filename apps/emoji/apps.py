from django.apps import AppConfig

from apps.emoji import checks

__all__ = ["checks"]


class EmojiAppConfig(AppConfig):
    name = "apps.emoji"
