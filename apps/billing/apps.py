from importlib import import_module

from django.apps import AppConfig


class BillingAppConfig(AppConfig):
    name = "apps.billing"

    def ready(self) -> None:
        """Models are known by now, as the module wants it."""
        import_module("apps.billing.arrivals")
