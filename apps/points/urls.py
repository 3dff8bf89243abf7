from rest_framework.routers import SimpleRouter

from apps.points.views import PointsViewSet

router = SimpleRouter(trailing_slash=False)
router.register("points", PointsViewSet, basename="points")

urlpatterns = router.urls
