from django.apps import AppConfig


class EmojiAppConfig(AppConfig):
    name = "apps.emoji"
