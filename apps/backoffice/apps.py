from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BackofficeConfig(AppConfig):
    name = "apps.backoffice"
    default = True


class BackofficeAdminConfig(admin.AdminConfig):
    """Django's admin, with our site for all that register with it."""

    default_site = "apps.backoffice.site.BackofficeSite"
    default = False
