from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import deletion, vip
from apps.accounts.authentication import DeletingAuthentication, UndoingAuthentication, caller, proved_session
from apps.accounts.deletion_serializers import NewDeletionSerializer, ScheduledDeletionSerializer
from apps.accounts.models import AccountDeletion, Session
from apps.accounts.user_serializers import ProfileSerializer

# Where the stores let users cancel (Apple support 118428, Google Play help 7018481).
MANAGE_SUBSCRIPTION_URLS = {
    "ios": "https://apps.apple.com/account/subscriptions",
    "android": "https://play.google.com/store/account/subscriptions",
}


class DeletionViewSet(viewsets.ViewSet):
    """A suspended user may leave, too."""

    authentication_classes = (DeletingAuthentication,)

    @extend_schema(
        operation_id="user_delete",
        summary="Delete my account",
        description="Ends all sessions at once and waits until `delete_at`; a login until then can undo it. "
        "A subscription goes on until it is cancelled in the store.",
        request=NewDeletionSerializer,
        responses={202: ScheduledDeletionSerializer},
    )
    def destroy(self, request: Request) -> Response:
        session = proved_session(request)
        form = NewDeletionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        scheduled = deletion.schedule(session.user_id, form.validated_data["reason"])
        return Response(_answer(scheduled, session), status=202)


class DeletionUndoingViewSet(viewsets.ViewSet):
    authentication_classes = (UndoingAuthentication,)

    @extend_schema(
        operation_id="user_deletion_cancel",
        summary="Keep my account after all",
        request=None,
        responses={200: ProfileSerializer},
    )
    def create(self, request: Request) -> Response:
        return Response(ProfileSerializer(deletion.cancel(caller(request).id)).data)


def _answer(scheduled: AccountDeletion, session: Session) -> dict[str, object]:
    body = {
        "status": "scheduled",
        "delete_at": scheduled.due_at,
        "cancel_before": scheduled.due_at,
        "has_active_subscription": vip.is_subscribed(session.user, timezone.now()),
        "manage_subscription_url": MANAGE_SUBSCRIPTION_URLS.get(session.device.platform),
    }
    return ScheduledDeletionSerializer(body).data
