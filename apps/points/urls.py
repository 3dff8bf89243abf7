from django.urls import re_path
from rest_framework.routers import SimpleRouter

from apps.points.views import PointsViewSet, TransactionViewSet

router = SimpleRouter(trailing_slash=False)
router.register("points", PointsViewSet, basename="points")

one_transaction = TransactionViewSet.as_view({"get": "retrieve"})

urlpatterns = [re_path(r"^points/transactions/(?P<pk>[0-9]{1,19})$", one_transaction), *router.urls]
