from rest_framework.routers import SimpleRouter

from apps.accounts.views import AuthViewSet, UserViewSet

router = SimpleRouter(trailing_slash=False)
router.register("auth", AuthViewSet, basename="auth")
router.register("user", UserViewSet, basename="user")

urlpatterns = router.urls
