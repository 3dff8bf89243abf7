from django.urls import re_path
from rest_framework.routers import SimpleRouter

from apps.points.views import PointsViewSet, TransactionViewSet

router = SimpleRouter(trailing_slash=False)
router.register("", PointsViewSet, basename="points")

one_transaction = TransactionViewSet.as_view({"get": "retrieve"})

urlpatterns = [*router.urls, re_path(r"^transactions/(?P<pk>[0-9]{1,19})$", one_transaction)]
