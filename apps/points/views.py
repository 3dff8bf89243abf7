from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.core import conditional
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.core.errors import NotFound
from apps.core.form import Form
from apps.core.pagination import Filtered, filters_of
from apps.points import balances, reward_status, titles
from apps.points.models import PointTransaction
from apps.points.serializers import (
    BalanceSerializer,
    PackageListSerializer,
    PointTransactionSerializer,
    RewardsSerializer,
    TransactionFilterSerializer,
)
from apps.remoteconfig import catalogue

TRANSACTION_FILTER = Form(TransactionFilterSerializer)


class PointsViewSet(viewsets.GenericViewSet[PointTransaction]):
    serializer_class = PointTransactionSerializer
    queryset = PointTransaction.objects.none()

    @extend_schema(operation_id="points_balance", summary="What I have", responses=BalanceSerializer)
    @action(detail=False, pagination_class=None)
    def balance(self, request: Request) -> Response:
        return Response(BalanceSerializer(balances.of_user(caller(request).id)).data)

    @extend_schema(
        operation_id="points_transactions",
        summary="My ledger, newest first",
        parameters=[TransactionFilterSerializer],
        responses=PointTransactionSerializer(many=True),
    )
    @action(detail=False)
    def transactions(self, request: Request) -> Response:
        page: Any = self.paginate_queryset(self._of_caller(request))  # type: ignore[arg-type]  # our pagination takes it
        return self.get_paginated_response(_told(page))

    @extend_schema(
        operation_id="points_packages",
        summary="What can be bought",
        parameters=[IF_NONE_MATCH],
        responses={200: PackageListSerializer, 304: NOT_MODIFIED},
    )
    @action(detail=False, authentication_classes=[], permission_classes=[AllowAny], pagination_class=None)
    def packages(self, request: Request) -> HttpResponseBase:
        body = PackageListSerializer({"items": catalogue.offered_packs()}).data
        return conditional.public_answer(request, body)

    @extend_schema(operation_id="points_rewards", summary="My weekly reward", responses=RewardsSerializer)
    @action(detail=False, pagination_class=None)
    def rewards(self, request: Request) -> Response:
        status = reward_status.of_user(caller(request), timezone.now())
        return Response(RewardsSerializer({"weekly": status}).data)

    @staticmethod
    def _of_caller(request: Request) -> Filtered:
        given = TRANSACTION_FILTER.read(filters_of(request))
        lookups = {
            "kind": given.get("type"),
            "amount__gt": 0 if given.get("direction") == "credit" else None,
            "amount__lt": 0 if given.get("direction") == "debit" else None,
            "created_at__gte": given.get("since"),
            "created_at__lt": given.get("until"),
        }
        wanted = {name: value for name, value in lookups.items() if value is not None}
        return Filtered(PointTransaction.objects.filter, {"user_id": caller(request).id, **wanted})


class TransactionNotFound(NotFound):
    code = "transaction_not_found"
    title = "No such transaction"


class TransactionViewSet(viewsets.ViewSet):
    @extend_schema(
        operation_id="points_transactions_retrieve",
        summary="One row of my ledger",
        responses=PointTransactionSerializer,
    )
    def retrieve(self, request: Request, pk: str) -> Response:
        row = PointTransaction.objects.filter(user=caller(request), id=int(pk)).first()
        if row is None:
            raise TransactionNotFound
        return Response(_told([row])[0])


def _told(rows: list[PointTransaction]) -> list[dict[str, Any]]:
    told = PointTransactionSerializer(context={"titles": titles.told(rows)}).to_representation
    return [told(row) for row in rows]
