from django.apps import AppConfig


class BillingAppConfig(AppConfig):
    name = "apps.billing"
