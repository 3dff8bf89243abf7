"""The local photo store over HTTP: where its tickets and links point. With OSS these paths do not exist."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core.errors import DomainError
from apps.emoji import backends
