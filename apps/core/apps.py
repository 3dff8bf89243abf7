import django_stubs_ext
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from apps.core import checks

__all__ = ["checks"]

# Lets Django's generic classes take their parameter at run time (`ModelAdmin[User]`), before any app's models load.
django_stubs_ext.monkeypatch()


class CoreAppConfig(AppConfig):
    name = "apps.core"

    def ready(self) -> None:
        """Every model is known by now, as the invariants want it."""
        autodiscover_modules("invariants", "id_invariants", "availability", "server_health", "health")
        autodiscover_modules("metrics", "gauges", "request_metrics", "job_metrics", "metrics_checks")
