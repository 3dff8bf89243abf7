from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from apps.core import conditional, languages
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.emoji import template_choice
from apps.emoji.models import EmojiTemplate
from apps.remoteconfig import values

MOST_TEMPLATES = 500


class TemplateFilterSerializer(serializers.Serializer[None]):
    category = serializers.CharField(max_length=32, required=False)


class TemplateSerializer(serializers.Serializer[EmojiTemplate]):
    id = serializers.CharField(source="driven_id")
    name = serializers.SerializerMethodField()
    category = serializers.CharField()
    cover_url = serializers.CharField()
    preview_url = serializers.CharField()
    duration_ms = serializers.IntegerField(allow_null=True, help_text="of its clips; null: not known")
    cost_points = serializers.SerializerMethodField()
    vip_cost_points = serializers.SerializerMethodField()
    vip_only = serializers.BooleanField(source="is_vip_only")
    is_new = serializers.SerializerMethodField(help_text="staff say until when")
    sort = serializers.IntegerField()

    def get_name(self, template: EmojiTemplate) -> str:
        return template.name_in(languages.current())

    def get_cost_points(self, template: EmojiTemplate) -> int:
        return values.current().emoji_cost

    def get_vip_cost_points(self, template: EmojiTemplate) -> int:
        return values.current().vip_emoji_cost

    def get_is_new(self, template: EmojiTemplate) -> bool:
        return template.is_new(timezone.now())


class TemplateListSerializer(serializers.Serializer[Any]):
    items = TemplateSerializer(many=True)


class TemplateViewSet(viewsets.ViewSet):
    """The same for everybody, VIP or not, so that caches on the way may keep it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="emoji_templates",
        summary="The expressions",
        description="With the price for everybody and the one for VIPs.",
        parameters=[TemplateFilterSerializer, IF_NONE_MATCH],
        responses={200: TemplateListSerializer, 304: NOT_MODIFIED},
    )
    def list(self, request: Request) -> HttpResponseBase:
        form = TemplateFilterSerializer(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        rows = EmojiTemplate.objects.filter(is_active=True, **form.validated_data)
        body = TemplateListSerializer({"items": rows.order_by("sort", "id")[:MOST_TEMPLATES]}).data
        return conditional.public_answer(request, body)

    @extend_schema(
        operation_id="emoji_templates_retrieve",
        summary="One expression",
        parameters=[IF_NONE_MATCH],
        responses={200: TemplateSerializer, 304: NOT_MODIFIED},
    )
    def retrieve(self, request: Request, driven_id: str) -> HttpResponseBase:
        body = TemplateSerializer(template_choice.offered(template_choice.named(driven_id))).data
        return conditional.public_answer(request, body)
