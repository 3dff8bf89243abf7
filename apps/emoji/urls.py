from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.emoji.objects import local_object
from apps.emoji.photo_check_views import PhotoCheckViewSet
from apps.emoji.report_views import ReportViewSet
from apps.emoji.template_views import TemplateViewSet
from apps.emoji.upload_views import UploadViewSet
from apps.emoji.views import EmojiTaskViewSet

router = SimpleRouter(trailing_slash=False)
router.register("emoji/tasks", EmojiTaskViewSet, basename="emoji-tasks")

urlpatterns = [
    path("emoji/templates", TemplateViewSet.as_view({"get": "list"})),
    path("emoji/templates/<slug:driven_id>", TemplateViewSet.as_view({"get": "retrieve"})),
    path("emoji/uploads", UploadViewSet.as_view({"post": "create"})),
    path("emoji/detections", PhotoCheckViewSet.as_view({"post": "create"})),
    path("emoji/tasks/<int:task_id>/report", ReportViewSet.as_view({"post": "create"})),
    path("emoji/objects/<path:key>", local_object),
    *router.urls,
]
