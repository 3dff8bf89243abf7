"""Every code that an app can be told, generated from the classes themselves (contract 2)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from apps.core import conditional, problem_words
from apps.core.conditional import IF_NONE_MATCH, NOT_MODIFIED
from apps.core.errors import DomainError
from apps.core.exception_handler import problem_type
from apps.core.known_errors import known_errors
from apps.core.languages import LANGUAGES


class KnownErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="never translated, never changed")
    type = serializers.URLField()
    status = serializers.IntegerField()
    retryable = serializers.BooleanField(help_text="the very same request may work later")
    params = serializers.ListField(child=serializers.CharField(), help_text="names in `params`, and in `detail`")
    title = serializers.DictField(child=serializers.CharField(), help_text="by language")
    detail = serializers.DictField(child=serializers.CharField(), help_text="by language; none if the title says it")


class ErrorCatalogueSerializer(serializers.Serializer[Any]):
    items = KnownErrorSerializer(many=True)


class ErrorCatalogueViewSet(viewsets.ViewSet):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="errors",
        summary="Every error code, in every language",
        description="For apps that ship their own texts.",
        parameters=[IF_NONE_MATCH],
        responses={200: ErrorCatalogueSerializer, 304: NOT_MODIFIED},
    )
    def list(self, request: Request) -> HttpResponseBase:
        return conditional.public_answer(request, {"items": [described(error) for error in known_errors()]})


@require_safe
def problem_type_page(request: HttpRequest, code: str) -> HttpResponse:
    """Where `type` of a problem leads."""
    error = next((error for error in known_errors() if error.code == code), None)
    if error is None:
        raise Http404
    return render(request, "core/problem_type.html", {"error": described(error)})


def described(error: type[DomainError]) -> dict[str, Any]:
    details = {language: problem_words.detail(error, language) for language in LANGUAGES}
    return {
        "code": error.code,
        "type": problem_type(error.code),
        "status": error.status,
        "retryable": error.retryable,
        "params": list(error.param_names),
        "title": {language: problem_words.title(error, language) for language in LANGUAGES},
        "detail": {language: detail for language, detail in details.items() if detail},
    }
