from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from apps.accounts import checks

__all__ = ["checks"]


class AccountsAppConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        """Every model is known by now, as the parts of other apps want it."""
        autodiscover_modules("erasure", "exported")
