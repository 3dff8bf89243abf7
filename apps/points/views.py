from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.points.models import PointTransaction, UserPoints
from apps.points.serializers import BalanceSerializer, PackageSerializer, PointTransactionSerializer
from apps.remoteconfig import values


class PointsViewSet(viewsets.GenericViewSet[PointTransaction]):
    serializer_class = PointTransactionSerializer
    queryset = PointTransaction.objects.none()

    @extend_schema(operation_id="points_balance", summary="What I have", responses=BalanceSerializer)
    @action(detail=False, pagination_class=None)
    def balance(self, request: Request) -> Response:
        points = UserPoints.objects.filter(user=caller(request)).first() or UserPoints(balance=0)
        return Response(BalanceSerializer(points).data)

    @extend_schema(
        operation_id="points_transactions",
        summary="My ledger, newest first",
        parameters=[OpenApiParameter("type", enum=PointTransaction.Kind.values)],
        responses=PointTransactionSerializer(many=True),
    )
    @action(detail=False)
    def transactions(self, request: Request) -> Response:
        page = self.paginate_queryset(self._of_caller(request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="points_packages", summary="What can be bought", responses=PackageSerializer(many=True))
    @action(detail=False, authentication_classes=[], permission_classes=[AllowAny], pagination_class=None)
    def packages(self, request: Request) -> Response:
        packs = values.current().points_packs
        return Response(
            {"items": [{"id": name, "points": points} for name, points in packs.items()]},
            headers={"Cache-Control": "public, max-age=300"},
        )

    def _of_caller(self, request: Request) -> QuerySet[PointTransaction]:
        rows = PointTransaction.objects.filter(user=caller(request))
        kind = request.query_params.get("type")
        if kind is None:
            return rows
        if kind not in PointTransaction.Kind.values:
            raise serializers.ValidationError({"type": ["This is no type of transaction."]})
        return rows.filter(kind=kind)
