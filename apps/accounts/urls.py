from rest_framework.routers import SimpleRouter

from apps.accounts.auth_views import AuthViewSet, SessionViewSet
from apps.accounts.user_views import UserViewSet

router = SimpleRouter(trailing_slash=False)
router.register("auth/sessions", SessionViewSet, basename="auth-sessions")
router.register("auth", AuthViewSet, basename="auth")
router.register("user", UserViewSet, basename="user")

urlpatterns = router.urls
