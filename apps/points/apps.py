from django.apps import AppConfig


class PointsAppConfig(AppConfig):
    name = "apps.points"
