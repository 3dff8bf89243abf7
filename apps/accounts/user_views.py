from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.authentication import caller
from apps.accounts.user_serializers import ProfileSerializer


class UserViewSet(viewsets.ViewSet):
    @extend_schema(operation_id="user_profile", summary="Who am I", responses=ProfileSerializer)
    @action(detail=False)
    def profile(self, request: Request) -> Response:
        return Response(ProfileSerializer(caller(request)).data, headers={"Cache-Control": "private, no-cache"})
