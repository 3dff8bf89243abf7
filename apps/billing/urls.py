from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.billing.views import OrderViewSet, SubscriptionViewSet, WebhookViewSet

router = SimpleRouter(trailing_slash=False)
router.register("orders", OrderViewSet, basename="orders")
router.register("subscription", SubscriptionViewSet, basename="subscription")

receive = WebhookViewSet.as_view({"post": "create"})
# Where an earlier backend listened; not told to anybody new.
receive_at_the_old_address = WebhookViewSet.as_view({"post": "create"}, schema=None)

urlpatterns = [
    path("webhooks/revenuecat", receive),
    path("subscription/webhook", receive_at_the_old_address),
    *router.urls,
]
