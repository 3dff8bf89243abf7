"""The local photo store over HTTP: where its tickets and links point. With OSS these paths do not exist."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core.errors import Conflict, DomainError, LinkNotValid, NotFound
from apps.core.exception_handler import problem_page
from apps.emoji import backends
from apps.emoji.local_store import LinkRefused, ObjectExists
from apps.emoji.photo_store import ObjectMissing

LARGEST_OBJECT = 50 * 1024 * 1024
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp4": "video/mp4",
}


@csrf_exempt
@require_http_methods(["GET", "PUT"])
def local_object(request: HttpRequest, key: str) -> HttpResponse:
    """A signed link is the whole right to one object; no token is asked for, as OSS asks for none."""
    if settings.OSS_BUCKET:
        raise Http404
    try:
        return _stored(request, key) if request.method == "PUT" else _sent(request, key)
    except (LinkRefused, ObjectExists, ObjectMissing) as error:
        return _refusal(request, error)


def _stored(request: HttpRequest, key: str) -> HttpResponse:
    backends.local_store().accept_upload(
        key,
        request.GET.dict(),
        request,
        content_type=request.headers.get("Content-Type", ""),
        content_length=int(request.headers.get("Content-Length") or 0),
    )
    return HttpResponse(status=204)


def _sent(request: HttpRequest, key: str) -> HttpResponse:
    store = backends.local_store()
    store.verify("GET", key, request.GET.dict())
    content_type = CONTENT_TYPES.get(key.rpartition(".")[2], "application/octet-stream")
    headers = {"Cache-Control": "private, max-age=300"}
    return HttpResponse(store.read(key, max_bytes=LARGEST_OBJECT), content_type=content_type, headers=headers)


def _refusal(request: HttpRequest, error: Exception) -> HttpResponse:
    refusals: dict[type[Exception], DomainError] = {
        LinkRefused: LinkNotValid(),
        ObjectExists: Conflict(),
        ObjectMissing: NotFound(),
    }
    return problem_page(request, refusals[type(error)])
