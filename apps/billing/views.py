import time

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.billing import revenuecat, subscription_state, webhook
from apps.billing.models import Order
from apps.billing.serializers import OrderSerializer, SubscriptionSerializer, WebhookAnswerSerializer
from apps.core.errors import PayloadTooLarge

LARGEST_BODY = 256 * 1024


class WebhookViewSet(viewsets.ViewSet):
    """RevenueCat takes nothing but 200 for success; 200 means that the event is stored for good."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="webhooks_revenuecat",
        summary="RevenueCat tells what happened in a store",
        request=OpenApiTypes.OBJECT,
        responses=WebhookAnswerSerializer,
    )
    def create(self, request: Request) -> Response:
        revenuecat.require_secret(request.headers.get("Authorization", ""), settings.REVENUECAT_WEBHOOK_SECRET)
        body = _body(request)
        if settings.REVENUECAT_SIGNING_KEY:
            header = request.headers.get("X-RevenueCat-Webhook-Signature", "")
            revenuecat.require_signature(header, body, settings.REVENUECAT_SIGNING_KEY, time.time())
        row, is_new = webhook.receive(body)
        if is_new:
            webhook.process(row.id)
        return Response({"status": "accepted" if is_new else "duplicate"})


class SubscriptionViewSet(viewsets.ViewSet):
    @extend_schema(operation_id="subscription", summary="My subscription", responses=SubscriptionSerializer)
    def list(self, request: Request) -> Response:
        state = subscription_state.of_user(caller(request).id, timezone.now())
        return Response(SubscriptionSerializer(state).data, headers={"Cache-Control": "private, no-cache"})


@extend_schema_view(
    list=extend_schema(operation_id="orders_list", summary="My payments, newest first"),
    retrieve=extend_schema(operation_id="orders_retrieve", summary="One payment"),
)
class OrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Order]):
    serializer_class = OrderSerializer
    queryset = Order.objects.none()
    lookup_value_regex = "[0-9]{1,19}"

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.filter(user_id=caller(self.request).id)


def _body(request: Request) -> bytes:
    try:
        body = request._request.body
    except RequestDataTooBig as error:
        raise PayloadTooLarge(max_bytes=LARGEST_BODY) from error
    if len(body) > LARGEST_BODY:
        raise PayloadTooLarge(max_bytes=LARGEST_BODY)
    return body
