from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.accounts.auth_views import AuthViewSet, DeviceSecretViewSet, SessionViewSet
from apps.accounts.deletion_views import DeletionUndoingViewSet, DeletionViewSet
from apps.accounts.export_views import DataExportViewSet, ExportDownloadViewSet
from apps.accounts.user_views import ConsentViewSet, UserViewSet

ID = "(?P<pk>[0-9]{1,19})"

auth = SimpleRouter(trailing_slash=False)
auth.register("sessions", SessionViewSet, basename="auth-sessions")
auth.register("", AuthViewSet, basename="auth")

user = SimpleRouter(trailing_slash=False)
user.register("user", UserViewSet, basename="user")

urlpatterns = [
    path("auth/", include([*auth.urls, path("device/rotate", DeviceSecretViewSet.as_view({"post": "create"}))])),
    path("user", DeletionViewSet.as_view({"delete": "destroy"})),
    path("user/deletion/cancel", DeletionUndoingViewSet.as_view({"post": "create"})),
    path("user/export", DataExportViewSet.as_view({"get": "list", "post": "create"})),
    re_path(rf"^user/export/{ID}$", DataExportViewSet.as_view({"get": "retrieve"})),
    re_path(rf"^user/export/{ID}/download$", ExportDownloadViewSet.as_view({"get": "retrieve"})),
    path("user/consents", ConsentViewSet.as_view({"get": "list"})),
    path("user/consents/<str:purpose>", ConsentViewSet.as_view({"put": "update"})),
    *user.urls,
]
