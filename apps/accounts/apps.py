from django.apps import AppConfig

from apps.accounts import checks

__all__ = ["checks"]


class AccountsAppConfig(AppConfig):
    name = "apps.accounts"
