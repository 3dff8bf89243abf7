import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller, proved_session
from apps.accounts.models import User
from apps.billing import burst, subscription_products, subscription_state, sync, webhook, webhook_proof
from apps.billing.bell import bell
from apps.billing.models import Order
from apps.billing.serializers import (
    OrderFilterSerializer,
    OrderSerializer,
    SubscriptionProductsSerializer,
    SubscriptionSerializer,
    SyncedSerializer,
    WebhookAnswerSerializer,
)
from apps.billing.webhook_proof import WebhookUnauthorized
from apps.core import conditional, throttling
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.core.errors import NotFound, PayloadTooLarge
from apps.core.form import Form
from apps.core.json_media import OnlyFormNegotiation
from apps.core.pagination import Filtered, filters_of
from apps.points import ledger, reward_status
from apps.remoteconfig import values

LARGEST_BODY = 256 * 1024
ORDER_FILTER = Form(OrderFilterSerializer)


class WebhookViewSet(viewsets.ViewSet):
    """RevenueCat takes nothing but 200 for success; 200 means that the event is stored for good."""

    rate_buckets = {"create": "webhook_refused"}
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    content_negotiation_class = OnlyFormNegotiation

    @extend_schema(
        operation_id="webhooks_revenuecat",
        summary="RevenueCat tells what happened in a store",
        request=OpenApiTypes.OBJECT,
        responses={200: WebhookAnswerSerializer},
    )
    def create(self, request: Request) -> Response:
        _require_secret(request)
        body = _body(request)
        if settings.REVENUECAT_SIGNING_KEY:
            header = request.headers.get(settings.REVENUECAT_SIGNATURE_HEADER, "")
            webhook_proof.require_signature(header, body, settings.REVENUECAT_SIGNING_KEY, time.time())
        with burst.requests.one_more() as comes_by_itself:
            return Response({"status": _take(body, comes_by_itself)})


class SubscriptionViewSet(viewsets.ViewSet):
    rate_buckets = {"sync_now": "sync"}

    @extend_schema(
        operation_id="subscription",
        summary="My subscription",
        parameters=[IF_NONE_MATCH],
        responses={200: SubscriptionSerializer, 304: NOT_MODIFIED},
    )
    def list(self, request: Request) -> HttpResponseBase:
        body = SubscriptionSerializer(_subscription(caller(request))).data
        return conditional.private_answer(request, body, conditional.etag_of(body))

    @extend_schema(
        operation_id="subscription_products",
        summary="What makes a VIP",
        auth=[],
        parameters=[IF_NONE_MATCH],
        responses={200: SubscriptionProductsSerializer, 304: NOT_MODIFIED},
    )
    @action(detail=False, authentication_classes=[], permission_classes=[AllowAny])
    def products(self, request: Request) -> HttpResponseBase:
        body = SubscriptionProductsSerializer({"items": subscription_products.offered()}).data
        return conditional.public_answer(request, body)

    @extend_schema(
        operation_id="subscription_sync",
        summary="Ask the store now",
        description="After a purchase that has not shown. What a webhook brings later is not doubled.",
        request=None,
        responses=SyncedSerializer,
    )
    @action(detail=False, methods=["post"], url_path="sync")
    def sync_now(self, request: Request) -> Response:
        # Purchases are restored to whoever has proved to be the owner.
        proved_session(request)
        new_orders = sync.sync(caller(request))
        user = User.objects.get(id=caller(request).id)
        answer = {
            "subscription": _subscription(user),
            "balance": ledger.balance(user.id),
            "new_orders": [order.id for order in new_orders],
        }
        return Response(SyncedSerializer(answer).data, headers={"Cache-Control": "no-store"})


@extend_schema_view(
    list=extend_schema(
        operation_id="orders_list",
        summary="My payments, newest first",
        parameters=[OrderFilterSerializer],
        responses=OrderSerializer(many=True),
    ),
    retrieve=extend_schema(operation_id="orders_retrieve", summary="One payment"),
)
class OrderViewSet(viewsets.GenericViewSet[Order]):
    serializer_class = OrderSerializer
    queryset = Order.objects.none()
    lookup_value_regex = "[0-9]{1,19}"

    def list(self, request: Request) -> Response:
        wanted = Filtered(
            Order.objects.filter, {"user_id": caller(request).id, **ORDER_FILTER.read(filters_of(request))}
        )
        page = self.paginate_queryset(wanted)  # type: ignore[arg-type]  # our pagination takes it
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        order = Order.objects.filter(user_id=caller(request).id, id=int(pk)).first()
        if order is None:
            raise OrderNotFound
        return Response(OrderSerializer(order).data, headers={"Cache-Control": "no-store"})


class OrderNotFound(NotFound):
    code = "order_not_found"
    title = "No such order"


def _subscription(user: User) -> dict[str, Any]:
    now = timezone.now()
    reward = reward_status.of_user(user, now)
    state = subscription_state.of_user(user, now)
    return asdict(state) | {
        "benefits": {
            "weekly_points": reward_status.weekly_points(user) if state.is_vip else 0,
            "active_tasks": values.current().task_limits["vip" if state.is_vip else "free"].active,
        },
        "weekly_reward": {"amount": reward.amount, "next_at": reward.next_at},
    }


def _take(body: bytes, comes_by_itself: bool) -> str:
    row, is_new = webhook.receive(body, applied_within=webhook.FIRST_LOOK if comes_by_itself else timedelta())
    if row is None:
        return "ignored"
    if not is_new:
        return "duplicate"
    if comes_by_itself:
        webhook.process(row)
    else:
        bell.ring()
    return "accepted"


def _require_secret(request: Request) -> None:
    """Only who shows a wrong one is limited. Raises WebhookUnauthorized, RateLimited."""
    try:
        webhook_proof.require_secret(request.META.get("HTTP_AUTHORIZATION", ""), _secrets())
    except WebhookUnauthorized:
        throttling.require_room("webhook_refused", request)
        raise


def _secrets() -> tuple[str, ...]:
    return settings.REVENUECAT_WEBHOOK_SECRET, settings.REVENUECAT_WEBHOOK_SECRET_PREVIOUS


def _body(request: Request) -> bytes:
    try:
        body = request._request.body
    except RequestDataTooBig as error:
        raise PayloadTooLarge(max_bytes=LARGEST_BODY) from error
    if len(body) > LARGEST_BODY:
        raise PayloadTooLarge(max_bytes=LARGEST_BODY)
    return body
