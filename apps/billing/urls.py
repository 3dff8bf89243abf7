from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.billing.views import OrderViewSet, SubscriptionViewSet, WebhookViewSet

router = SimpleRouter(trailing_slash=False)
router.register("orders", OrderViewSet, basename="orders")

receive = WebhookViewSet.as_view({"post": "create"})

urlpatterns = [
    path("webhooks/revenuecat", receive),
    path("subscription/webhook", receive),
    path("subscription", SubscriptionViewSet.as_view({"get": "list"})),
    *router.urls,
]
