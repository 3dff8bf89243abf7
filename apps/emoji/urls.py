from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.emoji.objects import local_object
from apps.emoji.photo_check_views import PhotoCheckViewSet
from apps.emoji.report_views import ReportViewSet
from apps.emoji.template_views import TemplateViewSet
from apps.emoji.upload_views import UploadViewSet
from apps.emoji.views import EmojiTaskViewSet

router = SimpleRouter(trailing_slash=False)
router.register("tasks", EmojiTaskViewSet, basename="emoji-tasks")

urlpatterns = [
    # What is asked for most stands first.
    *router.urls,
    path("templates", TemplateViewSet.as_view({"get": "list"})),
    path("templates/<slug:driven_id>", TemplateViewSet.as_view({"get": "retrieve"})),
    path("uploads", UploadViewSet.as_view({"post": "create"})),
    path("detections", PhotoCheckViewSet.as_view({"post": "create"})),
    path("tasks/<int:task_id>/report", ReportViewSet.as_view({"post": "create"})),
    path("objects/<path:key>", local_object),
]
