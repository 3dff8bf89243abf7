from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import consents, etags
from apps.accounts import profile as profiles
from apps.accounts.authentication import caller, session_of
from apps.accounts.models import User
from apps.accounts.user_serializers import (
    ConsentListSerializer,
    ConsentSerializer,
    NewConsentSerializer,
    ProfileChangeSerializer,
    ProfileSerializer,
)
from apps.core.errors import NotFound
from apps.core.json_media import dumps

IF_MATCH = OpenApiParameter("If-Match", location=OpenApiParameter.HEADER, description="An ETag of the profile.")
IF_NONE_MATCH = OpenApiParameter("If-None-Match", location=OpenApiParameter.HEADER)


class UserViewSet(viewsets.ViewSet):
    @extend_schema(
        operation_id="user_profile",
        summary="Who am I",
        parameters=[IF_NONE_MATCH],
        responses={200: ProfileSerializer, 304: None},
    )
    @action(detail=False)
    def profile(self, request: Request) -> Response:
        return _shown(caller(request), request.headers.get("If-None-Match", ""))

    @extend_schema(
        operation_id="user_profile_change",
        summary="Change what I say of myself",
        description="Absent is unchanged, null is cleared. With `If-Match`, only if nobody else changed it meanwhile.",
        parameters=[IF_MATCH],
        request=ProfileChangeSerializer,
        responses=ProfileSerializer,
    )
    @profile.mapping.patch
    def change_profile(self, request: Request) -> Response:
        form = ProfileChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        versions = etags.versions_in(request.headers.get("If-Match", ""))
        return _shown(profiles.change(caller(request).id, form.validated_data, versions))


class ConsentViewSet(viewsets.ViewSet):
    @extend_schema(operation_id="user_consents", summary="What I agreed to", responses=ConsentListSerializer)
    def list(self, request: Request) -> Response:
        return Response(ConsentListSerializer({"items": consents.current(caller(request).id)}).data)

    @extend_schema(
        operation_id="user_consents_decide",
        summary="Agree, or withdraw",
        description="Every decision is kept, with the version of the text and of the app.",
        request=NewConsentSerializer,
        responses=ConsentSerializer,
    )
    def update(self, request: Request, purpose: str) -> Response:
        if purpose not in consents.Purpose.values:
            raise NotFound
        form = NewConsentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        record = consents.decide(
            caller(request).id,
            consents.Purpose(purpose),
            **form.validated_data,
            app_version=session_of(request).device.app_version,
        )
        return Response(ConsentSerializer(record).data)


def _shown(user: User, if_none_match: str = "") -> Response:
    body = ProfileSerializer(user).data
    etag = etags.etag_of(user.profile_version, dumps(body))
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    if etags.is_fresh(etag, if_none_match):
        return Response(status=304, headers=headers)
    return Response(body, headers=headers)
