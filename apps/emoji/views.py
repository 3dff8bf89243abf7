from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import consents
from apps.accounts.authentication import caller
from apps.accounts.models import User
from apps.core import conditional, idempotency
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.core.form import Form
from apps.core.idempotency import Answer, IdempotentRequest
from apps.core.json_media import dumps, loads
from apps.core.pagination import Filtered, filters_of
from apps.emoji import (
    availability,
    freshness,
    order_names,
    own_tasks,
    photo_check,
    submission,
    template_choice,
    uploads,
)
from apps.emoji.models import EmojiTask
from apps.emoji.order_names import OrderNames
from apps.emoji.serializers import (
    CreatedTaskSerializer,
    EmojiTaskSerializer,
    NewTaskSerializer,
    TaskFilterSerializer,
    WaitSerializer,
)
from apps.emoji.submission import Submitted, Wish

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", location=OpenApiParameter.HEADER, required=True, pattern=f"^{idempotency.KEY.pattern}$"
)

NEW_TASK, TASK_FILTER, WAIT = Form(NewTaskSerializer), Form(TaskFilterSerializer), Form(WaitSerializer)


class EmojiTaskViewSet(viewsets.GenericViewSet[EmojiTask]):
    serializer_class = EmojiTaskSerializer
    queryset = EmojiTask.objects.none()
    rate_buckets = {"create": "task_create", "retrieve": "task_poll", "cancel": "cancel"}
    lookup_value_regex = "[0-9]{1,19}"

    @extend_schema(
        operation_id="emoji_tasks_list",
        summary="My emoji, newest first",
        parameters=[TaskFilterSerializer],
        responses=EmojiTaskSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        wanted = Filtered(_of_user, {"user_id": caller(request).id, **TASK_FILTER.read(filters_of(request))})
        page = self.paginate_queryset(wanted)  # type: ignore[arg-type]  # our pagination takes it
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="emoji_tasks_retrieve",
        summary="How far one emoji is",
        description="With `wait` the answer comes when the task changes, at the latest after so many seconds. With"
        " `If-None-Match` the change is one against what the app has. Else ask again after `poll_after_ms`.",
        parameters=[WaitSerializer, IF_NONE_MATCH],
        responses={200: EmojiTaskSerializer, 304: NOT_MODIFIED},
    )
    def retrieve(self, request: Request, pk: str) -> HttpResponseBase:
        wait = WAIT.read(request.query_params.dict())["wait"]
        task = own_tasks.find(caller(request).id, int(pk))
        if wait and self._is_what_the_app_has(request, task):
            freshness.wait_for_change(task, wait)
            task = own_tasks.find(caller(request).id, int(pk))
        etag = freshness.etag(task, timezone.now())
        return conditional.private_answer(request, EmojiTaskSerializer(task).data, etag)

    @extend_schema(
        operation_id="emoji_tasks_create",
        summary="Order an emoji",
        description="Charges its price. The same `Idempotency-Key` with the same body brings the same answer.",
        parameters=[IDEMPOTENCY_KEY],
        request=NewTaskSerializer,
        responses={201: CreatedTaskSerializer},
    )
    def create(self, request: Request) -> HttpResponse:
        sent = NEW_TASK.read(request.data)
        once = IdempotentRequest(
            user_id=caller(request).id,
            scope="POST /api/v1/emoji/tasks",
            key=request.META.get("HTTP_IDEMPOTENCY_KEY", ""),
            body=dumps(dict(sorted(sent.items()))),
        )
        names = order_names.read(once, sent["template_id"], sent["upload_id"])
        stored = once.stored_answer() if names.is_answered else None
        answer = stored or self._create_once(caller(request), names, sent, once)
        return _as_response(answer)

    @extend_schema(
        operation_id="emoji_tasks_cancel",
        summary="Cancel an emoji that is still queued",
        description="Gives back all its points; again, it brings the same answer. Later: 409 `task_not_cancelable`.",
        request=None,
        responses=EmojiTaskSerializer,
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return Response(EmojiTaskSerializer(own_tasks.cancel(caller(request).id, int(pk))).data)

    @extend_schema(
        operation_id="emoji_tasks_delete",
        summary="Delete an emoji that has ended",
        description="It is gone at once, its photo and its clip within the hour; the ledger stays. Repeated: 404."
        " One that is still being made: 409 `task_not_deletable`.",
        responses={204: None},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        own_tasks.delete(caller(request).id, int(pk))
        return Response(status=204)

    @staticmethod
    def _is_what_the_app_has(request: Request, task: EmojiTask) -> bool:
        """So it does, if it says nothing of it."""
        etag = freshness.etag(task, timezone.now())
        return "If-None-Match" not in request.headers or conditional.is_known(request, etag)

    @staticmethod
    def _create_once(user: User, names: OrderNames, sent: dict[str, Any], once: IdempotentRequest) -> Answer:
        consents.require(user.id, consents.Purpose.AI_PROCESSING)
        availability.require_generation(is_any_failing=names.is_any_account_failing)
        template = template_choice.offered_to(user, names.template)
        upload = uploads.usable(names.upload)
        photo_check.require_good_photo(upload, sent.get("detection_id"), names.refusal_of(upload))
        wish = Wish(template, upload, sent["client_ref"])
        return once.answer_once(lambda: _answer(submission.submit(user.id, wish)))


def _of_user(user_id: int, **filters: Any) -> QuerySet[EmojiTask]:
    return EmojiTask.objects.of_user(user_id).filter(**filters)


def _answer(submitted: Submitted) -> Answer:
    return Answer(201, dumps(CreatedTaskSerializer(submitted.task, context={"submitted": submitted}).data))


def _as_response(answer: Answer) -> HttpResponse:
    headers = {"Location": f"/api/v1/emoji/tasks/{loads(answer.body)['id']}"}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    return HttpResponse(answer.body, status=answer.status, content_type="application/json", headers=headers)
