from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.accounts.auth_views import AuthViewSet, SessionViewSet
from apps.accounts.deletion_views import DeletionUndoingViewSet, DeletionViewSet
from apps.accounts.user_views import ConsentViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False)
router.register("auth/sessions", SessionViewSet, basename="auth-sessions")
router.register("auth", AuthViewSet, basename="auth")
router.register("user", UserViewSet, basename="user")

urlpatterns = [
    path("user", DeletionViewSet.as_view({"delete": "destroy"})),
    path("user/deletion/cancel", DeletionUndoingViewSet.as_view({"post": "create"})),
    path("user/consents", ConsentViewSet.as_view({"get": "list"})),
    path("user/consents/<str:purpose>", ConsentViewSet.as_view({"put": "update"})),
    *router.urls,
]
