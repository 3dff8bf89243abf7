from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import access_token, arrivals, device_login, device_rotation, refresh, sessions, standing
from apps.accounts.auth_serializers import (
    LoggedInSerializer,
    LoginSerializer,
    LogoutSerializer,
    RefreshSerializer,
    RotatedSerializer,
    RotationSerializer,
    SessionSerializer,
    TokensSerializer,
)
from apps.accounts.authentication import caller, proved_session, session_shown
from apps.accounts.device_login import Login
from apps.accounts.models import Session
from apps.accounts.refresh import Issued
from apps.accounts.shown_device import ShownDevice
from apps.core.errors import NotFound
from apps.core.form import Form

LOGIN, REFRESH = Form(LoginSerializer), Form(RefreshSerializer)


class AuthViewSet(viewsets.ViewSet):
    rate_buckets = {"login": "login", "refresh": "refresh"}
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="auth_login",
        summary="Log in with a device",
        description="201 for a new user, with a `device_secret` unless the app sent its own; 200 for a known one. "
        "`account_state` `pending_deletion` comes with a token that is good for undoing the deletion only.",
        request=LoginSerializer,
        responses={200: LoggedInSerializer, 201: LoggedInSerializer},
    )
    @action(detail=False, methods=["post"])
    def login(self, request: Request) -> Response:
        sent = LOGIN.read(request.data)
        login = device_login.log_in(ShownDevice(secret=sent.pop("device_secret"), **sent))
        if login.is_new_user:
            arrivals.announce(login.device.user, sent["device_id"])
        return Response(_logged_in(login), status=201 if login.is_new_user else 200)

    @extend_schema(
        operation_id="auth_refresh",
        summary="Get new tokens for an old one",
        description="Each refresh token is good once. After a lost answer it may be sent again for 30 s.",
        request=RefreshSerializer,
        responses=TokensSerializer,
    )
    @action(detail=False, methods=["post"])
    def refresh(self, request: Request) -> Response:
        shown = REFRESH.read(request.data)["refresh_token"]
        return Response(TokensSerializer(_tokens(refresh.rotate(shown))).data)

    def session_id_shown(self, request: Request) -> int | None:
        """For the limit of refreshes, before it is known whether the token is good."""
        sent = request.data.get("refresh_token") if isinstance(request.data, dict) else None
        session = refresh.session_of(sent) if isinstance(sent, str) else None
        return session.id if session else None

    @extend_schema(
        operation_id="auth_logout",
        summary="Log out",
        description="Ends the session of the refresh token, or of the bearer token; or all of the user's. "
        "204 always, also when there is none any more.",
        request=LogoutSerializer,
        responses={204: None},
        auth=[{}, {"device": []}],  # type: ignore[list-item]  # with the token or without; it is taken over as it is
    )
    @action(detail=False, methods=["post"])
    def logout(self, request: Request) -> Response:
        form = LogoutSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        session = refresh.session_of(form.validated_data["refresh_token"]) or session_shown(request)
        if session and not session.revoked_at:
            sessions.log_out(session, all_devices=form.validated_data["all_devices"])
        return Response(status=204)


class DeviceSecretViewSet(viewsets.ViewSet):
    @extend_schema(
        operation_id="auth_device_rotate",
        summary="Give this device another secret",
        description="The old one opens the account until the new one was shown at a login, at most for 7 days.",
        request=RotationSerializer,
        responses={200: RotatedSerializer},
    )
    def create(self, request: Request) -> Response:
        session = proved_session(request)
        form = RotationSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data
        issued = device_rotation.rotate(session, sent["device_secret"], sent["new_device_secret"])
        return Response({"device_secret": issued} if issued else {})


@extend_schema_view(
    list=extend_schema(operation_id="auth_sessions_list", summary="Where I am logged in, newest first"),
    destroy=extend_schema(
        operation_id="auth_sessions_destroy", summary="Log out one of my sessions", responses={204: None}
    ),
)
class SessionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Session]):
    serializer_class = SessionSerializer
    queryset = Session.objects.none()
    lookup_value_regex = "[0-9]{1,19}"

    def get_queryset(self) -> QuerySet[Session]:
        return sessions.living(caller(self.request).id)

    def destroy(self, request: Request, pk: str) -> Response:
        session = self.get_queryset().filter(id=int(pk)).first()
        if session is None:
            raise NotFound
        sessions.end(session.id, Session.Reason.REMOVED)
        return Response(status=204)


def _logged_in(login: Login) -> dict[str, Any]:
    told = {"device_secret": login.issued_secret} if login.issued_secret else {}
    ours = {"is_new_user": login.is_new_user, "user": login.device.user}
    return LoggedInSerializer(_tokens(login.issued) | ours | told, context={"consents": login.consents}).data


def _tokens(issued: Issued) -> dict[str, Any]:
    now, token = timezone.now(), access_token.issue(issued.session)
    return {
        "access_token": str(token),
        "token_type": "Bearer",
        "expires_in": int(token.lifetime.total_seconds()),
        "refresh_token": issued.token,
        "refresh_expires_in": int((issued.expires_at - now).total_seconds()),
        "is_new_user": False,
        "account_state": standing.of(issued.session.user, now),
        "server_time": now,
    }
