"""Who may read the description of the API."""

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class MayReadDocs(BasePermission):
    """Everybody, or with DOCS_FOR_STAFF_ONLY staff who are logged in to their pages."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return not settings.DOCS_FOR_STAFF_ONLY or bool(request.user and request.user.is_staff)
