from importlib import import_module

from django.apps import AppConfig


class BillingAppConfig(AppConfig):
    name = "apps.billing"

    def ready(self) -> None:
        """Models are known by now, as the modules want it."""
        import_module("apps.billing.arrivals")
        import_module("apps.billing.vip_state")
