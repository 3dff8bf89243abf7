from django.urls import path

from apps.remoteconfig.views import ConfigViewSet

urlpatterns = [path("config", ConfigViewSet.as_view({"get": "list"}))]
