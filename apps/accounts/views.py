from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import arrivals, device_login
from apps.accounts.authentication import caller, token_for
from apps.accounts.device_login import Login, ShownDevice
from apps.accounts.serializers import LoggedInSerializer, LoginSerializer, ProfileSerializer


class AuthViewSet(viewsets.ViewSet):
    rate_buckets = {"login": "login", "refresh": "refresh"}
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="auth_login",
        summary="Log in with a device",
        description="201 for a new user, with a `device_secret` unless the app sent its own; 200 for a known one.",
        request=LoginSerializer,
        responses={200: LoggedInSerializer, 201: LoggedInSerializer},
    )
    @action(detail=False, methods=["post"])
    def login(self, request: Request) -> Response:
        form = LoginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        login = device_login.log_in(
            ShownDevice(sent["device_id"], sent["device_secret"], sent["platform"], sent["app_version"])
        )
        if login.is_new_user:
            arrivals.announce(login.device.user, sent["device_id"])
        return Response(_answer(login), status=201 if login.is_new_user else 200)


class UserViewSet(viewsets.ViewSet):
    @extend_schema(operation_id="user_profile", summary="Who am I", responses=ProfileSerializer)
    @action(detail=False)
    def profile(self, request: Request) -> Response:
        return Response(ProfileSerializer(caller(request)).data, headers={"Cache-Control": "private, no-cache"})


def _answer(login: Login) -> dict[str, Any]:
    token = token_for(login.device)
    answer = {
        "access_token": str(token),
        "token_type": "Bearer",
        "expires_in": int(token.lifetime.total_seconds()),
        "is_new_user": login.is_new_user,
        "account_state": "active",
        "user": login.device.user,
        "server_time": timezone.now(),
    }
    told = {"device_secret": login.issued_secret} if login.issued_secret else {}
    return LoggedInSerializer(answer | told).data
