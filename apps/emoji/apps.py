from importlib import import_module

from django.apps import AppConfig

from apps.emoji import checks

__all__ = ["checks"]


class EmojiAppConfig(AppConfig):
    name = "apps.emoji"

    def ready(self) -> None:
        """Models are known by now, as the module wants it."""
        import_module("apps.emoji.avatar_store")
