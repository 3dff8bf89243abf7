from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import avatars, consents, etags
from apps.accounts import profile as profiles
from apps.accounts.authentication import caller, session_of
from apps.accounts.models import User
from apps.accounts.user_serializers import (
    ConsentListSerializer,
    ConsentRecordSerializer,
    NewConsentSerializer,
    ProfileChangeSerializer,
    ProfileSerializer,
)
from apps.core import conditional, throttling
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.core.errors import NotFound
from apps.core.json_media import dumps

IF_MATCH = OpenApiParameter("If-Match", location=OpenApiParameter.HEADER, description="An ETag of the profile.")


class UserViewSet(viewsets.ViewSet):
    rate_buckets = {"change_profile": "profile"}

    @extend_schema(
        operation_id="user_profile",
        summary="Who am I",
        parameters=[IF_NONE_MATCH],
        responses={200: ProfileSerializer, 304: NOT_MODIFIED},
    )
    @action(detail=False)
    def profile(self, request: Request) -> HttpResponseBase:
        return conditional.private_answer(request, *_body(caller(request)))

    @extend_schema(
        operation_id="user_profile_change",
        summary="Change what I say of myself",
        description="Absent is unchanged, null is cleared. With `If-Match`, only if nobody else changed it meanwhile."
        " `avatar_upload_id` names a photo that was uploaded by a ticket of `POST /emoji/uploads`; it goes at"
        " its own time, the avatar stays. Avatars have a limit of their own, by day.",
        parameters=[IF_MATCH],
        request=ProfileChangeSerializer,
        responses=ProfileSerializer,
    )
    @profile.mapping.patch
    def change_profile(self, request: Request) -> Response:
        form = ProfileChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        versions = etags.versions_in(request.headers.get("If-Match", ""))
        changes = form.validated_data
        if "avatar_upload_id" in changes:
            changes["avatar_key"] = _avatar_key(request, changes.pop("avatar_upload_id"), versions)
        body, etag = _body(profiles.change(caller(request).id, changes, versions))
        return Response(body, headers={"Cache-Control": "private, no-cache", "ETag": etag})


class ConsentViewSet(viewsets.ViewSet):
    rate_buckets = {"update": "consent"}

    @extend_schema(operation_id="user_consents", summary="What I agreed to", responses=ConsentListSerializer)
    def list(self, request: Request) -> Response:
        return Response(ConsentListSerializer({"items": consents.current(caller(request).id)}).data)

    @extend_schema(
        operation_id="user_consents_decide",
        summary="Agree, or withdraw",
        description="Every decision is kept, with the version of the text and of the app.",
        request=NewConsentSerializer,
        responses=ConsentRecordSerializer,
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
        return Response(ConsentRecordSerializer(record).data)


def _avatar_key(request: Request, upload_id: int | None, versions: set[int] | None) -> str:
    """Of a copy that the change will take; empty to show none."""
    if upload_id is None:
        return ""
    profiles.require_version(caller(request), versions)
    throttling.require_room("avatar", request)
    return avatars.put_away(caller(request).id, upload_id)


def _body(user: User) -> tuple[Any, str]:
    """What is shown, and its ETag: a link is another one each time, and the same picture."""
    body = ProfileSerializer(user).data
    shown = body | {"avatar_url": avatars.link_period(user, timezone.now())}
    return body, etags.etag_of(user.profile_version, dumps(shown))
